import { JobSpecSchema, type ProviderChange } from "@hodei/api/job";
import { ProviderConfigSchema } from "@hodei/api/provider";
import { useEffect, useState } from "react";
import { jobs } from "../api/clients.ts";
import { useAnswer } from "../api/use-answer.ts";
import { nameOf, useFleet } from "../live/fleet.ts";
import { changeOf, configText, FIRST_SPEC, NEW_PROVIDER, specText } from "../try/drafts.ts";
import { Editor } from "../try/editor.tsx";
import { JobOutcome, PlanOutcome } from "../try/outcome.tsx";
import { readDraft } from "../try/read-draft.ts";
import { notifyFailure } from "../ui/notices.tsx";
import { useQuery } from "../ui/use-query.ts";

const TYPING_MS = 250;
const NO_CHANGE = "";
/** No name has a NUL. */
const NEW = "\u0000";

/** Where would this job go, and what would this change do? Nothing is written and nothing runs. */
export function TryPage() {
  const [query, setQuery] = useQuery();
  const { providers } = useFleet();
  const [spec, setSpec] = useState(FIRST_SPEC);
  const [config, setConfig] = useState("");
  const jobId = query.get("job") ?? "";
  const isNew = query.has("new");
  const wanted = isNew ? NEW : (query.get("provider") ?? NO_CHANGE);
  const provider = providers.find((each) => nameOf(each) === wanted);

  useEffect(() => {
    if (jobId === "") return;
    jobs.getJob({ jobId }).then(
      ({ job }) => setSpec(specText(job?.spec)),
      (error: unknown) => notifyFailure(`The spec of ${jobId} was not read`, error),
    );
  }, [jobId]);
  const known = provider?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is being edited is not overwritten when the provider changes
  useEffect(() => setConfig(isNew ? NEW_PROVIDER : provider ? configText(provider) : ""), [known, isNew]);

  const job = readDraft(JobSpecSchema, spec);
  const draft = config === "" ? undefined : readDraft(ProviderConfigSchema, config);
  const changes: ProviderChange[] =
    draft?.ok === true ? [changeOf(provider?.id ?? draft.message.name, draft.message)] : [];
  const explained = useAnswer(
    `${spec} ${config}`,
    async (signal) =>
      job.ok && draft?.ok !== false
        ? await jobs.explain({ what: { case: "spec", value: job.message }, changes }, { signal })
        : undefined,
    { waitMs: TYPING_MS },
  );
  const planned = useAnswer(
    config,
    async (signal) => (changes.length > 0 ? await jobs.plan({ changes }, { signal }) : undefined),
    {
      waitMs: TYPING_MS,
    },
  );
  return (
    <>
      <header className="page-head">
        <h1>Try a placement</h1>
        <p className="muted">
          Edit a job, a provider, or both: what would be decided is shown as you type. Nothing is written and nothing
          runs.
        </p>
      </header>
      <div className="try">
        <div>
          <Editor title="A job" text={spec} onText={setSpec} failure={job.ok ? undefined : job.failure} />
          <Editor
            title="A provider"
            text={config}
            onText={setConfig}
            failure={draft?.ok === false ? draft.failure : undefined}
          >
            <select
              aria-label="Which provider"
              value={wanted}
              onChange={({ target: { value } }) =>
                setQuery(value === NEW ? { new: "1", provider: "" } : { new: "", provider: value })
              }
            >
              <option value={NO_CHANGE}>as it is, no change</option>
              <option value={NEW}>a new one</option>
              {providers.map((each) => (
                <option key={each.id} value={nameOf(each)}>
                  {nameOf(each)}
                </option>
              ))}
            </select>
          </Editor>
        </div>
        <div>
          <JobOutcome asked={explained} />
          {changes.length > 0 && <PlanOutcome asked={planned} />}
        </div>
      </div>
    </>
  );
}
