import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type ListProviderHistoryRequest,
  type ListProviderHistoryResponse,
  ListProviderHistoryResponseSchema,
  type RollbackProviderRequest,
  type RollbackProviderResponse,
  RollbackProviderResponseSchema,
} from "@hodei/api/provider";
import { type Caller, type Store, schema } from "@hodei/store";
import { and, desc, eq, lt, sql } from "drizzle-orm";
import { pageSizeOf, readNumberToken, writeToken } from "../shared/pages.ts";
import { timestamp } from "../shared/timestamps.ts";
import { writeColumns } from "./change-provider.ts";
import { configMessage } from "./provider-message.ts";
import { findProvider } from "./read-providers.ts";

const { providerConfigHistory: h } = schema;

/** See `ProviderService.ListProviderHistory`. */
export async function listProviderHistory(
  store: Store,
  request: ListProviderHistoryRequest,
): Promise<ListProviderHistoryResponse> {
  const size = pageSizeOf(request.pageSize);
  const before = readNumberToken(request.pageToken);
  const { id } = await findProvider(store, request.providerId);
  const rows = await store.db
    .select()
    .from(h)
    .where(and(eq(h.providerId, id), before === undefined ? undefined : lt(h.generation, before)))
    .orderBy(desc(h.generation))
    .limit(size + 1);
  const shown = rows.slice(0, size);
  return create(ListProviderHistoryResponseSchema, {
    versions: shown.map((row) => ({
      generation: BigInt(row.generation),
      config: configMessage(row),
      replacedBy: row.replacedBy,
      ...timestamp("replacedAt", row.replacedAt),
    })),
    nextPageToken: rows.length > size ? writeToken([String(shown.at(-1)?.generation)]) : "",
  });
}

/** A version that differs from what the provider has now in more than its status, which is not rolled back. */
const DIFFERS = sql`EXISTS (
  SELECT 1 FROM provider_configs p
   WHERE p.id = ${h.providerId}
     AND (p.name, p.provider_type, p.config, p.priority, p.max_workers, p.preferred_region, p.allowed_regions, p.required_labels, p.annotations)
         IS DISTINCT FROM
         (${h.name}, ${h.providerType}, ${h.config}, ${h.priority}, ${h.maxWorkers}, ${h.preferredRegion}, ${h.allowedRegions}, ${h.requiredLabels}, ${h.annotations}))`;

/** See `ProviderService.RollbackProvider`. */
export async function rollbackProvider(
  store: Store,
  caller: Caller,
  request: RollbackProviderRequest,
): Promise<RollbackProviderResponse> {
  const provider = await findProvider(store, request.providerId);
  const ofProvider = eq(h.providerId, provider.id);
  const wanted = request.generation === undefined ? undefined : Number(request.generation);
  const [earlier] = await store.db
    .select()
    .from(h)
    .where(and(ofProvider, wanted === undefined ? DIFFERS : eq(h.generation, wanted)))
    .orderBy(desc(h.generation))
    .limit(1);
  if (!earlier)
    throw new ConnectError(
      `${provider.name} has no ${wanted === undefined ? "earlier configuration" : `generation ${wanted}`}; see ListProviderHistory`,
      Code.FailedPrecondition,
    );
  const {
    name,
    providerType,
    config,
    priority,
    maxWorkers,
    preferredRegion,
    allowedRegions,
    requiredLabels,
    annotations,
  } = earlier;
  const columns = {
    name,
    providerType,
    config,
    priority,
    maxWorkers,
    preferredRegion,
    allowedRegions,
    requiredLabels,
    annotations,
  };
  return create(RollbackProviderResponseSchema, {
    provider: await writeColumns(store, caller, provider.id, columns),
    restoredGeneration: BigInt(earlier.generation),
  });
}
