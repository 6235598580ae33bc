import type { ProviderVerdict, WaitingClass } from "@hodei/api/job";
import { enable } from "../fleet/act.ts";
import { Age } from "../ui/age.tsx";
import { CopyText } from "../ui/copy-text.tsx";
import { Icon } from "../ui/icon.tsx";
import { jobHref, Link } from "../ui/link.tsx";
import { countsOf } from "../why/verdict.tsx";

/** Near misses spelled out for a class. */
const NEAREST = 4;

/** Jobs with the same requirements: how many, since when, why, and what would let them run. */
export function ClassCard({ waiting }: { waiting: WaitingClass }) {
  const { jobs, decision, remedies, nextJobId, classId } = waiting;
  const refused = decision?.providers.filter(({ refusals }) => refusals.length > 0) ?? [];
  const fewest = refused[0]?.refusals.length ?? 0;
  const nearest = refused.filter(({ refusals }) => refusals.length === fewest).slice(0, NEAREST);
  return (
    <article className="panel class-card" aria-label={`Jobs like ${nextJobId}`}>
      <header>
        <h2>
          {jobs.toLocaleString()} {jobs === 1n ? "job" : "jobs"}
        </h2>
        <span>
          the oldest for <Age at={waiting.oldestSubmittedAt} />
        </span>
        <span>
          next: <Link href={jobHref(nextJobId)}>{nextJobId}</Link>
        </span>
        <span className="head-actions actions">
          <Link href={`/jobs?state=pending&class=${encodeURIComponent(classId)}`}>All of them</Link>
        </span>
      </header>
      {decision?.placed ? (
        <p className="note good">
          <Icon tone="good" />
          <span>{decision.providerName} fits and has room: they are next.</span>
        </p>
      ) : (
        <p className="muted">
          {decision?.candidates === 0
            ? "There is no provider at all."
            : `${decision?.candidates === 1 ? "The one provider was" : `All ${decision?.candidates} providers were`} refused: ${decision ? countsOf(decision) : ""}.`}
        </p>
      )}
      {decision?.hints.map((hint) => (
        <p className="note warn" key={hint}>
          <Icon tone="warn" />
          <span>{hint}</span>
        </p>
      ))}
      {!decision?.placed && nearest.length > 0 && (
        <>
          <h3>{fewest === 1 ? "One rule away" : `Nearest, ${fewest} mismatches each`}</h3>
          <ul className="nearest">
            {nearest.map((verdict) => (
              <Nearest key={verdict.providerId} verdict={verdict} jobId={nextJobId} />
            ))}
          </ul>
        </>
      )}
      {remedies.length > 0 && (
        <>
          <h3>What would let them run</h3>
          {remedies.map((remedy) => (
            <CopyText key={remedy} text={remedy} />
          ))}
        </>
      )}
    </article>
  );
}

const CLOSED = ["DISABLED", "MAINTENANCE"];

function Nearest({
  verdict: { providerId, providerName, refusals },
  jobId,
}: {
  verdict: ProviderVerdict;
  jobId: string;
}) {
  const [first] = refusals;
  const isClosed = refusals.length === 1 && first?.subject === "status" && CLOSED.includes(first.has);
  const href = `/try?job=${encodeURIComponent(jobId)}&provider=${encodeURIComponent(providerName)}`;
  return (
    <li>
      <strong>{providerName}</strong>
      <span>
        {refusals.map(({ rule, subject, wants, has }) => (
          <span key={`${rule} ${subject}`} className="mismatch">
            <strong>{rule}</strong> {subject}: wants <code>{wants}</code>, has <code>{has}</code>
          </span>
        ))}
      </span>
      <span className="actions">
        {isClosed && (
          <button type="button" className="primary" onClick={() => void enable(providerId, providerName)}>
            Enable {providerName}
          </button>
        )}
        <Link href={href}>Try a change</Link>
      </span>
    </li>
  );
}
