import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type ApiContext, apiRoutes, type Guard } from "@hodei/api-server";
import type { RequestHandler } from "@hodei/runtime";

/** A request of one call, in bytes; a job's body is bounded by NATS below that. */
const MOST_BYTES = 4 * 2 ** 20;

/** gRPC, gRPC-Web and HTTP/JSON (Connect) on the registry's port, for whom the guard lets through. */
export function serveApi(context: ApiContext, guard: Guard): RequestHandler {
  return guard.guard(
    connectNodeAdapter({
      routes: apiRoutes(context),
      readMaxBytes: MOST_BYTES,
      shutdownSignal: context.signal,
      contextValues: (request) => guard.contextValues(request),
    }),
  );
}
