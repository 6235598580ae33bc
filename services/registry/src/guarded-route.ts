import { Code, ConnectError } from "@connectrpc/connect";
import type { Guard } from "@hodei/api-server";
import type { Route } from "@hodei/runtime";

/** A path that is no call of the API, for those who may read. */
export function guardedRoute(guard: Guard, read: () => Promise<unknown>): Route {
  return async (request) => {
    try {
      await guard.admit(request, "viewer");
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return { status: statusOf(error.code), body: { error: error.rawMessage } };
    }
    return { status: 200, body: await read() };
  };
}

function statusOf(code: Code): number {
  if (code === Code.Unauthenticated) return 401;
  if (code === Code.PermissionDenied) return 403;
  return code === Code.ResourceExhausted ? 429 : 503;
}
