import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type ApiContext, apiRoutes } from "@hodei/api-server";
import type { RequestHandler } from "@hodei/runtime";

/** A request of one call, in bytes; a job's body is bounded by NATS below that. */
const MOST_BYTES = 4 * 2 ** 20;

/** gRPC, gRPC-Web and HTTP/JSON (Connect) on the registry's port. */
export function serveApi(context: ApiContext): RequestHandler {
  return connectNodeAdapter({
    routes: apiRoutes(context),
    readMaxBytes: MOST_BYTES,
    shutdownSignal: context.signal,
  });
}
