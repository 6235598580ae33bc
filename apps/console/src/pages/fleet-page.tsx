import { HealthState, type Provider, ProviderStatus } from "@hodei/api/provider";
import { useMemo } from "react";
import { FleetChart } from "../fleet/fleet-chart.tsx";
import { PROVIDER_COLUMNS, ProviderRow } from "../fleet/provider-row.tsx";
import { nameOf, useFleet } from "../live/fleet.ts";
import { useStore } from "../live/make-store.ts";
import { stats } from "../live/stats.ts";
import { CopyText } from "../ui/copy-text.tsx";
import { Empty } from "../ui/empty.tsx";
import { useQuery } from "../ui/use-query.ts";
import { PageRows } from "../ui/virtual-rows.tsx";

const SHOWS = [
  ["", "All", () => true],
  ["trouble", "In trouble", isTroubled],
  ["free", "With a free slot", hasRoom],
  ["out", "Taking no work", (provider: Provider) => provider.config?.status !== ProviderStatus.ACTIVE],
] as const;

/** Where can work go, and what is wrong there? */
export function FleetPage() {
  const { providers, isKnown } = useFleet();
  const [query, setQuery] = useQuery();
  const search = query.get("q") ?? "";
  const show = query.get("show") ?? "";
  const shown = useMemo(() => {
    const isShown = SHOWS.find(([key]) => key === show)?.[2] ?? (() => true);
    const part = search.toLowerCase();
    return providers.filter((provider) => isShown(provider) && textOf(provider).includes(part));
  }, [providers, search, show]);
  return (
    <>
      <header className="page-head">
        <h1>Fleet</h1>
        <Numbers />
      </header>
      {isKnown && providers.length === 0 ? (
        <NoProviders />
      ) : (
        <>
          <FleetChart />
          <search className="filters">
            <input
              type="search"
              aria-label="Search providers by name, type, region or label"
              placeholder="Name, type, region, label"
              value={search}
              onChange={({ target }) => setQuery({ q: target.value })}
            />
            <fieldset className="choices">
              <legend className="hidden">Which providers</legend>
              {SHOWS.map(([key, text]) => (
                <button type="button" key={key} aria-pressed={show === key} onClick={() => setQuery({ show: key })}>
                  {text}
                </button>
              ))}
            </fieldset>
            <output className="muted">
              {shown.length === providers.length
                ? `${shown.length} providers`
                : `${shown.length} of ${providers.length} providers`}
            </output>
          </search>
          {isKnown && shown.length === 0 && (
            <Empty title="No provider is like that">Take a filter away to see more.</Empty>
          )}
          {shown.length > 0 && (
            <PageRows
              items={shown}
              keyOf={(provider) => provider.id}
              row={(provider) => <ProviderRow provider={provider} />}
              estimate={44}
              label="Providers"
              columns={PROVIDER_COLUMNS}
              className="providers"
            />
          )}
        </>
      )}
    </>
  );
}

function Numbers() {
  const { now } = useStore(stats);
  if (!now) return null;
  const unwell = (now.providersByHealth["UNHEALTHY"] ?? 0) + (now.providersByHealth["DEGRADED"] ?? 0);
  return (
    <dl className="numbers">
      <div>
        <dt>Slots taken</dt>
        <dd>
          {String(now.activeWorkers)} / {String(now.maxWorkers)}
        </dd>
      </div>
      <div>
        <dt>Not well</dt>
        <dd>{unwell}</dd>
      </div>
      <div>
        <dt>Running jobs</dt>
        <dd>{String(now.jobsByState["RUNNING"] ?? 0)}</dd>
      </div>
      <div>
        <dt>Waiting jobs</dt>
        <dd>{String(now.jobsByState["PENDING"] ?? 0)}</dd>
      </div>
    </dl>
  );
}

function NoProviders() {
  return (
    <Empty title="No provider yet">
      <p>
        A provider is a place where jobs can run: a Docker host, a Kubernetes cluster, AWS Lambda, or this machine.
        Register one:
      </p>
      <CopyText
        text={`echo '{"name": "local", "provider_type": "process", "config": {"type": "process"}}' > local.json\nnpx hodei providers add -f local.json`}
      />
    </Empty>
  );
}

function isTroubled({ config, health, configErrors }: Provider): boolean {
  const isUnwell = health?.state === HealthState.UNHEALTHY || health?.state === HealthState.DEGRADED;
  return isUnwell || configErrors.length > 0 || config?.status === ProviderStatus.UNHEALTHY;
}

function hasRoom({ config, activeWorkers }: Provider): boolean {
  return config?.status === ProviderStatus.ACTIVE && activeWorkers < (config.maxWorkers ?? 0);
}

function textOf(provider: Provider): string {
  const { config } = provider;
  const labels = Object.entries(config?.requiredLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [nameOf(provider), config?.providerType, config?.preferredRegion, ...(config?.allowedRegions ?? []), ...labels]
    .join(" ")
    .toLowerCase();
}
