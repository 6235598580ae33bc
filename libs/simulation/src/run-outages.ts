import type { HealthState } from "@hodei/contracts";
import type { AttemptEnd } from "@hodei/lifecycle";
import type { PlannedOutage } from "./simulation-file.ts";
import type { Attempt, Outage, Site } from "./site.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const DAY_SECONDS = 86_400;
const LOST: AttemptEnd = { state: "LOST" };

interface OutageParts {
  clock: VirtualClock;
  chance: () => number;
  detectedAfterSeconds: number;
  lostAfterSeconds: number;
  /** No outage begins by chance after this. */
  horizonSeconds: number;
  end: (attempt: Attempt, how: AttemptEnd) => void;
  onHealth: (site: Site, health: HealthState) => void;
  onOutage: () => void;
}

/**
 * Has providers go away and come back, as Hodei lives through it: noticed after some checks, when starts are given up; running workers go on
 * unseen, count as lost when that lasts too long, and what ended meanwhile is seen on return.
 */
export function planOutages(sites: readonly Site[], planned: readonly PlannedOutage[], parts: OutageParts): void {
  const { clock, chance } = parts;
  for (const outage of planned) {
    const hit = sites.filter((site) => isMeant(outage, site) && chance() < outage.share);
    clock.at(outage.at, () => {
      for (const site of hit) begin(site, outage.for, outage.workers === "lost", parts);
    });
  }
  for (const site of sites) if (site.behaviour.outages) planNext(site, parts);
}

function isMeant({ group, region }: PlannedOutage, site: Site): boolean {
  return (
    (group === undefined || group === site.group) && (region === undefined || region === site.provider.preferredRegion)
  );
}

/** Outages by chance: as long as none is under way, each moment is as likely as the other. */
function planNext(site: Site, parts: OutageParts): void {
  const { outages } = site.behaviour;
  if (!outages) return;
  const wait = (-Math.log(1 - parts.chance()) * DAY_SECONDS) / outages.perDay;
  const at = parts.clock.nowSeconds + wait;
  if (at > parts.horizonSeconds) return;
  parts.clock.at(at, () => {
    const seconds = outages.drawSeconds();
    begin(site, seconds, outages.workersAreLost, parts);
    parts.clock.after(seconds, () => planNext(site, parts));
  });
}

function begin(site: Site, seconds: number, workersAreLost: boolean, parts: OutageParts): void {
  const { clock, end, onHealth } = parts;
  const outage: Outage = { endsAt: clock.nowSeconds + seconds, workersAreLost };
  // One inside of another only makes it longer.
  if (site.outage) {
    site.outage.endsAt = Math.max(site.outage.endsAt, outage.endsAt);
    site.outage.workersAreLost ||= workersAreLost;
    return;
  }
  site.outage = outage;
  parts.onOutage();
  const ifStillAway = (happen: () => void) => () => {
    if (site.outage === outage) happen();
  };
  clock.after(
    parts.detectedAfterSeconds,
    ifStillAway(() => {
      onHealth(site, "unhealthy");
      for (const attempt of [...site.attempts])
        if (attempt.state === "starting") end(attempt, { state: "TERMINATED", code: "PROVIDER_UNHEALTHY" });
    }),
  );
  clock.after(
    parts.lostAfterSeconds,
    ifStillAway(() => {
      for (const attempt of [...site.attempts]) end(attempt, LOST);
    }),
  );
  const comeBack = ifStillAway(() => {
    if (outage.endsAt > clock.nowSeconds) return clock.at(outage.endsAt, comeBack);
    site.outage = undefined;
    onHealth(site, "healthy");
    for (const attempt of [...site.attempts]) {
      if (outage.workersAreLost) end(attempt, LOST);
      else if (attempt.unseenEnd) end(attempt, attempt.unseenEnd);
    }
  });
  clock.at(outage.endsAt, comeBack);
}
