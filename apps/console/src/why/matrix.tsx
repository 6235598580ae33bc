import type { Decision, ProviderVerdict } from "@hodei/api/job";
import { Icon } from "../ui/icon.tsx";
import { BoxRows } from "../ui/virtual-rows.tsx";
import { RULES } from "../ui/words.ts";

const COLUMNS = ["Provider", ...RULES.map(([rule, word]) => `${rule} ${word}`), "What does not fit"];

/** Providers × rules: who passes what, and both sides of what does not match. */
export function Matrix({ decision }: { decision: Decision }) {
  if (decision.providers.length === 0) return null;
  return (
    <>
      <BoxRows
        items={decision.providers}
        keyOf={({ providerId }) => providerId}
        row={(verdict) => (
          <VerdictRow verdict={verdict} isChosen={decision.placed && verdict.providerId === decision.providerId} />
        )}
        estimate={36}
        label="Providers and rules"
        columns={COLUMNS}
        className="matrix"
      />
      {decision.omitted > 0 && (
        <p className="muted">{decision.omitted.toLocaleString()} more providers are left out here.</p>
      )}
    </>
  );
}

function VerdictRow({
  verdict: { providerName, refusals },
  isChosen,
}: {
  verdict: ProviderVerdict;
  isChosen: boolean;
}) {
  return (
    <>
      <div role="cell" className="name">
        <strong>{providerName}</strong>
        {isChosen && <span className="chosen">chosen</span>}
      </div>
      {RULES.map(([rule, word]) => {
        const isRefused = refusals.some((refusal) => refusal.rule === rule);
        return (
          <div role="cell" key={rule} className={isRefused ? "rule no" : "rule yes"} title={`${rule} ${word}`}>
            <Icon tone={isRefused ? "bad" : "good"} />
            <span className="hidden">{isRefused ? "refused" : "passed"}</span>
            <span className="rule-name" aria-hidden="true">
              {rule}
            </span>
          </div>
        );
      })}
      <div role="cell" className="mismatches">
        {refusals.length === 0 && <span className="muted">eligible</span>}
        {refusals.map(({ rule, subject, wants, has }) => (
          <p key={`${rule} ${subject}`}>
            <strong>{rule}</strong> {subject}: wants <code>{wants}</code>, has <code>{has}</code>
          </p>
        ))}
      </div>
    </>
  );
}
