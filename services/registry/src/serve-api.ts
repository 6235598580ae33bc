import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type ApiContext, apiRoutes } from "@hodei/api-server";
import type { RequestHandler } from "@hodei/runtime";
import type { Access } from "./open-access.ts";

/** A request of one call, in bytes; a job's body is bounded by NATS below that. */
const MOST_BYTES = 4 * 2 ** 20;
/** Deadlines that callers may set; longer ones are refused, with what is allowed. */
const LONGEST_CALL_MS = 24 * 3_600_000;

/** gRPC, gRPC-Web and HTTP/JSON (Connect) on the registry's port, for whom the guard lets through. */
export function serveApi(context: ApiContext, { guard, interceptors }: Access): RequestHandler {
  return guard.guard(
    connectNodeAdapter({
      routes: apiRoutes(context),
      readMaxBytes: MOST_BYTES,
      maxTimeoutMs: LONGEST_CALL_MS,
      interceptors,
      shutdownSignal: context.signal,
      contextValues: (request) => guard.contextValues(request),
    }),
  );
}
