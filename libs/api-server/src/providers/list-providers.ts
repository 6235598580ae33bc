import { create } from "@bufbuild/protobuf";
import {
  HealthStateSchema,
  type ListProvidersRequest,
  type ListProvidersResponse,
  ListProvidersResponseSchema,
  ProviderStatusSchema,
} from "@hodei/api/provider";
import type { ProviderStatus } from "@hodei/contracts";
import { type Store, schema } from "@hodei/store";
import { and, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import { wordOf } from "../shared/enums.ts";
import { pageSizeOf, readToken, writeToken } from "../shared/pages.ts";
import { readProviders } from "./read-providers.ts";

const { providerConfigs: p, providerHealth: h } = schema;

/** See `ProviderService.ListProviders`. */
export async function listProviders(store: Store, request: ListProvidersRequest): Promise<ListProvidersResponse> {
  const size = pageSizeOf(request.pageSize);
  const after = readToken(request.pageToken, 1);
  const conditions = [...filtersOf(request), ...(after ? [sql`${p.name} COLLATE "C" > ${after[0]}`] : [])];
  const found = await readProviders(store, and(...conditions), size + 1);
  const providers = found.slice(0, size);
  const last = providers.at(-1)?.config?.name;
  return create(ListProvidersResponseSchema, {
    providers,
    nextPageToken: found.length > size && last !== undefined ? writeToken([last]) : "",
  });
}

function filtersOf(request: ListProvidersRequest): (SQL | undefined)[] {
  const statuses = request.statuses.flatMap((each) => wordOf(ProviderStatusSchema, each) ?? []);
  const healths = request.healthStates.flatMap((each) => wordOf(HealthStateSchema, each)?.toLowerCase() ?? []);
  return [
    request.providerType ? eq(p.providerType, request.providerType) : undefined,
    statuses.length > 0 ? inArray(p.status, statuses as ProviderStatus[]) : undefined,
    healths.length > 0 ? inArray(sql`coalesce(${h.health}, 'unknown')`, healths) : undefined,
    request.region
      ? or(
          eq(p.preferredRegion, request.region),
          sql`${p.allowedRegions} @> ${JSON.stringify([request.region])}::jsonb`,
        )
      : undefined,
    Object.keys(request.labels).length > 0
      ? sql`${p.requiredLabels} @> ${JSON.stringify(request.labels)}::jsonb`
      : undefined,
    request.withCapacity ? sql`${p.activeWorkers} < ${p.maxWorkers}` : undefined,
  ];
}
