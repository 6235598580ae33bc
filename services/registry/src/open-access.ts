import type { Interceptor } from "@connectrpc/connect";
import {
  answerErrors,
  apiCalls,
  auditRefusals,
  type Guard,
  makeAuthenticate,
  makeGuard,
  makeRecordRefusal,
  makeVerifyJwt,
  refuseUnstorable,
} from "@hodei/api-server";
import type { Settings } from "@hodei/runtime";
import type { Store } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";

/** Who may call what, and what is written down of it. */
export interface Access {
  guard: Guard;
  interceptors: Interceptor[];
}

/** The guard as the settings want it. @throws when a call says no role */
export function openAccess(store: Store, { httpHost, access, tls }: Settings, logger: Logger): Access {
  const calls = apiCalls();
  const recordRefusal = makeRecordRefusal(store, logger);
  const authenticate = makeAuthenticate({
    store,
    logger,
    boundHost: httpHost,
    verifyJwt: access.oidc && makeVerifyJwt(access.oidc, logger),
    certificates: tls?.clientCa === undefined ? undefined : { roles: tls.clientRoles },
  });
  return {
    guard: makeGuard({ calls, authenticate, limits: access.limits, recordRefusal, logger }),
    interceptors: [answerErrors(logger), auditRefusals(calls, recordRefusal), refuseUnstorable()],
  };
}
