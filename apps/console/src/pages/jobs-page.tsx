import type { Job, JobState } from "@hodei/api/job";
import { useEffect, useMemo, useState } from "react";
import { JOB_COLUMNS, JobRow } from "../jobs/job-row.tsx";
import { type JobFilter, openJobTable } from "../live/job-table.ts";
import { useStore } from "../live/make-store.ts";
import { CopyText } from "../ui/copy-text.tsx";
import { Empty } from "../ui/empty.tsx";
import { FailureNote } from "../ui/failure-note.tsx";
import { useQuery } from "../ui/use-query.ts";
import { PageRows } from "../ui/virtual-rows.tsx";
import { FILTER_STATES, JOB_STATES } from "../ui/words.ts";

/** What runs, what ran, what waits. The filters are the address. */
export function JobsPage() {
  const [query, setQuery] = useQuery();
  const key = query.toString();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the query, in words
  const filter = useMemo(() => filterOf(query), [key]);
  const isFiltered = key !== "";
  return (
    <>
      <header className="page-head">
        <h1>Jobs</h1>
      </header>
      <search className="filters">
        <TextFilter label="Search jobs by id or name" placeholder="Id or name" value={filter.search} name="q" />
        <TextFilter label="Only jobs of the provider" placeholder="Provider" value={filter.provider} name="provider" />
        <fieldset className="choices">
          <legend className="hidden">States</legend>
          {FILTER_STATES.map((state) => (
            <button
              type="button"
              key={state}
              aria-pressed={filter.states.includes(state)}
              onClick={() => setQuery({ state: toggled(filter.states, state).map(wordOf).join(",") })}
            >
              {JOB_STATES[state].word}
            </button>
          ))}
        </fieldset>
        {filter.classId !== "" && (
          <button type="button" onClick={() => setQuery({ class: "" })}>
            One class of requirements ×
          </button>
        )}
      </search>
      <Table key={key} filter={filter} isFiltered={isFiltered} />
    </>
  );
}

function Table({ filter, isFiltered }: { filter: JobFilter; isFiltered: boolean }) {
  const [opened, setOpened] = useState<ReturnType<typeof openJobTable>>();
  useEffect(() => {
    const table = openJobTable(filter);
    setOpened(table);
    return () => table.close();
  }, [filter]);
  return opened ? <Rows opened={opened} isFiltered={isFiltered} /> : null;
}

function Rows({ opened, isFiltered }: { opened: ReturnType<typeof openJobTable>; isFiltered: boolean }) {
  const { jobs, isKnown, isWhole, failure } = useStore(opened.table);
  if (failure) return <FailureNote failure={failure} title="The jobs could not be read" />;
  if (jobs.length === 0) {
    if (!isKnown) return <p className="muted">Reading jobs …</p>;
    return isFiltered ? <Empty title="No job is like that">Take a filter away to see more.</Empty> : <NoJobs />;
  }
  return (
    <>
      <p className="muted count">
        <output>
          {jobs.length.toLocaleString()} {jobs.length === 1 ? "job" : "jobs"}
          {!isWhole && ", older ones come as you scroll"}
        </output>
      </p>
      <PageRows
        items={jobs}
        keyOf={(job: Job) => job.id}
        row={(job: Job) => <JobRow job={job} />}
        estimate={37}
        label="Jobs"
        columns={JOB_COLUMNS}
        className="jobs"
        onEnd={opened.more}
      />
    </>
  );
}

function TextFilter({
  label,
  placeholder,
  value,
  name,
}: {
  label: string;
  placeholder: string;
  value: string;
  name: string;
}) {
  const [, setQuery] = useQuery();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => setQuery({ [name]: text }), 250);
    return () => clearTimeout(timer);
  }, [text, value, name, setQuery]);
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}

function NoJobs() {
  return (
    <Empty title="No job yet">
      <p>Publish one to NATS and it appears here by itself:</p>
      <CopyText
        text={`eval "$(npx hodei env)"\nnats --server "$HODEI_NATS_URL" pub job.submitted '{"command": ["echo", "hello"]}'`}
      />
      <p>Or from a shell:</p>
      <CopyText text="npx hodei run -- echo hello" />
    </Empty>
  );
}

function filterOf(query: URLSearchParams): JobFilter {
  const words = (query.get("state") ?? "").split(",");
  return {
    states: FILTER_STATES.filter((state) => words.includes(wordOf(state))),
    provider: query.get("provider") ?? "",
    search: query.get("q") ?? "",
    classId: query.get("class") ?? "",
  };
}

function wordOf(state: JobState): string {
  return JOB_STATES[state].word.toLowerCase().replace(" ", "-");
}

function toggled(states: readonly JobState[], state: JobState): readonly JobState[] {
  return states.includes(state) ? states.filter((each) => each !== state) : [...states, state];
}
