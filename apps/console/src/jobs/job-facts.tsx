import type { Job } from "@hodei/api/job";
import type { ReactNode } from "react";
import { Age } from "../ui/age.tsx";
import { Link } from "../ui/link.tsx";

export function JobFacts({ job }: { job: Job }) {
  const { spec } = job;
  const asks = [
    spec?.resources?.cpu && `cpu ${spec.resources.cpu}`,
    spec?.resources?.memory && `memory ${spec.resources.memory}`,
    spec?.resources?.gpu && `gpu ${spec.resources.gpu}`,
  ].filter(Boolean);
  return (
    <section className="panel">
      <h2>The job</h2>
      <dl className="facts">
        <Fact name="Command">
          {spec?.command.length ? <code>{spec.command.map(quoted).join(" ")}</code> : undefined}
        </Fact>
        <Fact name="Image">{spec?.image && <code>{spec.image}</code>}</Fact>
        <Fact name="Provider">
          {job.providerName && <Link href={`/?q=${encodeURIComponent(job.providerName)}`}>{job.providerName}</Link>}
        </Fact>
        <Fact name="Asks for">{asks.join(", ")}</Fact>
        <Fact name="Labels">{pairs(spec?.requiredLabels)}</Fact>
        <Fact name="Annotations">{pairs(spec?.requiredAnnotations)}</Fact>
        <Fact name="Regions">
          {[spec?.preferredRegion, ...(spec?.allowedRegions ?? [])].filter(Boolean).join(", ")}
        </Fact>
        <Fact name="Priority">{job.priority !== 0 && job.priority}</Fact>
        <Fact name="Exit code">{job.exitCode}</Fact>
        <Fact name="Failure">
          {job.failureCode && (
            <>
              <code className="code">{job.failureCode}</code> {job.failureMessage}
            </>
          )}
        </Fact>
        <Fact name="Tried again at">{job.notBefore && <Age at={job.notBefore} suffix=" ago" />}</Fact>
        <Fact name="Failures so far">
          {job.ownFailures + job.infrastructureFailures > 0 &&
            `${job.ownFailures} its own, ${job.infrastructureFailures} of the infrastructure`}
        </Fact>
        <Fact name="Trace">{job.traceId && <code>{job.traceId}</code>}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === null || children === "" || children === false) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function pairs(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

/** As a shell would need it, for reading only. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
