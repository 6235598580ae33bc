import { type Fleet, makeFleet } from "@hodei/placement";
import { type ProviderLoad, type Queryable, readFleet, readLoads } from "@hodei/store";

/** The selector's picture of the fleet: proposes, never decides alone; the reservation statement has the last word. */
export interface FleetView {
  readonly fleet: Fleet;
  /** Reads providers again: those named, or all. */
  refresh(providerIds?: readonly string[]): Promise<void>;
  /** Takes over loads that a statement answered; one older than what is known is passed over. */
  applyLoads(loads: readonly ProviderLoad[]): void;
}

export function makeFleetView(db: Queryable): FleetView {
  const fleet = makeFleet();
  const versions = new Map<string, number>();

  function applyLoads(loads: readonly ProviderLoad[]): void {
    for (const load of loads) {
      if ((versions.get(load.providerId) ?? -1) >= load.ledgerVersion || !fleet.get(load.providerId)) continue;
      versions.set(load.providerId, load.ledgerVersion);
      fleet.setLoad(load.providerId, load);
    }
  }

  async function refreshLoads(providerIds?: readonly string[]): Promise<void> {
    const loads = await readLoads(db, providerIds);
    // Asked for because what we hold may be a reservation that never was: the answer counts even at the same version.
    for (const load of loads) {
      if ((versions.get(load.providerId) ?? -1) === load.ledgerVersion) versions.delete(load.providerId);
    }
    applyLoads(loads);
  }

  async function refresh(providerIds?: readonly string[]): Promise<void> {
    const providers = await readFleet(db, providerIds);
    const found = new Set(providers.map((provider) => provider.id));
    const asked = providerIds ?? fleet.all().map((provider) => provider.id);
    for (const provider of providers) fleet.upsert(provider);
    for (const id of asked) {
      if (found.has(id)) continue;
      fleet.remove(id);
      versions.delete(id);
    }
    await refreshLoads(providerIds);
  }

  return { fleet, refresh, applyLoads };
}
