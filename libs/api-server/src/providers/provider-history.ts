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
import { and, desc, eq, lt } from "drizzle-orm";
import { pageSizeOf, readToken, writeToken } from "../shared/pages.ts";
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
  const after = readToken(request.pageToken, 1);
  const { id } = await findProvider(store, request.providerId);
  const rows = await store.db
    .select()
    .from(h)
    .where(and(eq(h.providerId, id), after ? lt(h.generation, Number(after[0])) : undefined))
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
    .where(wanted === undefined ? ofProvider : and(ofProvider, eq(h.generation, wanted)))
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
