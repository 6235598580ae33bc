import type { Resources } from "@hodei/contracts";
import type { FallbackStep, RankKey } from "@hodei/placement";
import { column } from "../column.ts";

/** Where the in-memory fleet would put a job: a proposal until the database grants it. */
export interface PlacementProposal {
  providerId: string;
  step: FallbackStep;
  rank: RankKey;
  /** Reserved for the worker: what the job asks, else the provider's default; 0 where neither says. */
  amounts: Required<Resources>;
  /** Seconds the worker may run, and may take to start. */
  runSeconds: number;
}

/** What a provider's capabilities allow in total; absent = no limit known. */
export interface ProviderTotal {
  providerId: string;
  total: Resources;
}

/** The rank key as the `workers` row keeps it. */
export function rankAsJson(rank: RankKey): string {
  return JSON.stringify({
    priority: rank.priority,
    active_workers: rank.activeWorkers,
    max_workers: rank.maxWorkers,
    health: rank.health,
    name: rank.name,
  });
}

/** The four arrays of `totals`. */
export function totalColumns(totals: readonly ProviderTotal[]): unknown[] {
  return [
    column(totals, (each) => each.providerId),
    column(totals, (each) => each.total.cpuMillis ?? null),
    column(totals, (each) => each.total.memoryBytes ?? null),
    column(totals, (each) => each.total.gpu ?? null),
  ];
}
