import { type ApiContext, apiRoutes, serveCalls } from "@hodei/api-server";
import type { EitherRequest, RequestHandler } from "@hodei/runtime";
import type { Access } from "./open-access.ts";

/** gRPC, gRPC-Web and HTTP/JSON (Connect) on the registry's port, for whom the guard lets through. */
export function serveApi(context: ApiContext, { guard, interceptors }: Access): RequestHandler {
  const { signal, logger } = context;
  const contextValues = (request: EitherRequest) => guard.contextValues(request);
  return guard.guard(serveCalls({ routes: apiRoutes(context), interceptors, signal, contextValues, logger }));
}
