import { type Provider, ProviderStatus } from "@hodei/api/provider";
import { nameOf } from "../live/fleet.ts";
import { Badge } from "../ui/badge.tsx";
import { Link } from "../ui/link.tsx";
import { Meter } from "../ui/meter.tsx";
import { HEALTH, STATUSES } from "../ui/words.ts";
import { check, enable } from "./act.ts";
import { askToStop } from "./ask-to-stop.tsx";

export const PROVIDER_COLUMNS = [
  "Provider",
  "Status",
  "Health",
  "Region",
  "Slots",
  "In use",
  "Per minute",
  "Priority",
  "Actions",
];

export function ProviderRow({ provider }: { provider: Provider }) {
  const { config, activeWorkers } = provider;
  const most = config?.maxWorkers ?? 0;
  const status = config?.status ?? ProviderStatus.UNSPECIFIED;
  return (
    <>
      <div role="cell" className="name">
        <Link href={`/try?provider=${encodeURIComponent(nameOf(provider))}`} title="Try a change of it">
          {nameOf(provider)}
        </Link>
        <span className="muted">{config?.providerType}</span>
      </div>
      <div role="cell">
        {provider.configErrors.length > 0 ? (
          <Badge tone="bad">Not valid</Badge>
        ) : (
          <Badge tone={STATUSES[status].tone}>{STATUSES[status].word}</Badge>
        )}
      </div>
      <div role="cell">
        <Health provider={provider} />
      </div>
      <div role="cell" className="region">
        <Regions provider={provider} />
      </div>
      <div role="cell">
        <Meter used={activeWorkers} most={most} />
      </div>
      <div role="cell" className="number">
        <span className="narrow-label">In use </span>
        {most > 0 ? `${Math.round((100 * activeWorkers) / most)} %` : "–"}
      </div>
      <div role="cell" className="number">
        <Rate provider={provider} />
      </div>
      <div role="cell" className="number">
        <span className="narrow-label">Priority </span>
        {config?.priority ?? 0}
      </div>
      <div role="cell" className="actions">
        <Actions provider={provider} status={status} />
      </div>
      <Problems provider={provider} />
    </>
  );
}

function Actions({ provider, status }: { provider: Provider; status: ProviderStatus }) {
  const name = nameOf(provider);
  const takesWork = status === ProviderStatus.ACTIVE;
  return (
    <>
      {!takesWork && (
        <button type="button" aria-label={`Enable ${name}`} onClick={() => void enable(provider.id, name)}>
          Enable
        </button>
      )}
      <button type="button" className="quiet" aria-label={`Check ${name}`} onClick={() => void check(provider)}>
        Check
      </button>
      {status !== ProviderStatus.DISABLED && (
        <>
          <button
            type="button"
            className="quiet"
            aria-label={`Drain ${name}`}
            onClick={() => askToStop(provider, "drain")}
          >
            Drain
          </button>
          <button
            type="button"
            className="quiet"
            aria-label={`Disable ${name}`}
            onClick={() => askToStop(provider, "disable")}
          >
            Disable
          </button>
        </>
      )}
    </>
  );
}

function Health({ provider: { health } }: { provider: Provider }) {
  const { word, tone } = HEALTH[health?.state ?? 0];
  return (
    <>
      <Badge tone={tone}>{word}</Badge>
      {health && health.latencyMs > 0 && <span className="muted number"> {Math.round(health.latencyMs)} ms</span>}
    </>
  );
}

/** Jobs of the last minute. */
function Rate({ provider: { throughput } }: { provider: Provider }) {
  const { startedPerMinute = 0, finishedPerMinute = 0 } = throughput ?? {};
  if (startedPerMinute === 0 && finishedPerMinute === 0) return <span className="muted">–</span>;
  return (
    <>
      {startedPerMinute.toLocaleString()} started
      <span className="muted"> {finishedPerMinute.toLocaleString()} finished</span>
    </>
  );
}

function Regions({ provider: { config } }: { provider: Provider }) {
  const { preferredRegion, allowedRegions = [] } = config ?? {};
  const others = allowedRegions.filter((region) => region !== preferredRegion);
  if (!preferredRegion && others.length === 0) return <span className="muted">any</span>;
  return (
    <>
      {preferredRegion}
      {others.length > 0 && (
        <span className="muted">
          {" "}
          {preferredRegion ? "also " : ""}
          {others.join(", ")}
        </span>
      )}
    </>
  );
}

/** Cause and fix, where something is not well; on a line of its own below. */
function Problems({ provider: { health, configErrors, statusReason } }: { provider: Provider }) {
  const lines = [
    ...configErrors.map(({ path, message }) => `${path ? `${path}: ` : "Configuration: "}${message}`),
    ...(health?.cause ? [health.cause] : statusReason ? [statusReason] : []),
  ];
  if (lines.length === 0 && !health?.fix) return null;
  return (
    <div role="cell" className="problems">
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {health?.fix && (
        <p>
          <strong>Fix:</strong> {health.fix}
        </p>
      )}
      {health?.code && <code className="muted">{health.code}</code>}
    </div>
  );
}
