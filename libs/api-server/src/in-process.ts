import { ConnectError, createRouterTransport, type Interceptor, type Transport } from "@connectrpc/connect";
import { type Principal, principalKey } from "./access/principal.ts";
import { apiRoutes } from "./api-routes.ts";
import type { ApiContext } from "./context.ts";
import { refuseUnstorable } from "./shared/refuse-unstorable.ts";

export type { ApiBus, ApiContext } from "./context.ts";
export { askCheck } from "./providers/ask-check.ts";

/** The API without a server, for whoever has the database itself and so needs no leave: the same calls, the same answers. */
export function inProcessTransport(context: ApiContext, principal: Principal): Transport {
  const interceptors = [actAs(principal), tellFaults, refuseUnstorable()];
  return createRouterTransport(apiRoutes(context), { router: { interceptors } });
}

function actAs(principal: Principal): Interceptor {
  return (next) => (request) => {
    request.contextValues.set(principalKey, principal);
    return next(request);
  };
}

/** A server keeps its faults to its log; here whoever asks is whoever runs it. */
const tellFaults: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    throw ConnectError.from(error);
  }
};
