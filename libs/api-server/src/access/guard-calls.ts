import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Code, ConnectError, type ContextValues, createContextValues } from "@connectrpc/connect";
import { type Role, roleCovers } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";
import type { Authenticate } from "./authenticate.ts";
import { type Principal, principalKey } from "./principal.ts";
import { refuseCall } from "./refuse-call.ts";
import type { GuardedCall } from "./required-roles.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;
type Handler = (request: Request, response: Response) => void;

/** Lets calls through to who serves them, or refuses them before anything of their body is read. */
export interface Guard {
  guard(next: Handler): Handler;
  /** What a call's handlers find: who makes it. For `connectNodeAdapter`. */
  contextValues(request: Request): ContextValues;
  /** For what is no call: who asks. @throws UNAUTHENTICATED, PERMISSION_DENIED */
  admit(request: Request, role: Role): Promise<Principal>;
}

/** Each call needs the role that its .proto file says. */
export function makeGuard({
  calls,
  authenticate,
  logger,
}: {
  calls: ReadonlyMap<string, GuardedCall>;
  authenticate: Authenticate;
  logger: Logger;
}): Guard {
  const admitted = new WeakMap<Request, Principal>();

  async function admit(request: Request, role: Role, what = "this"): Promise<Principal> {
    const principal = await authenticate({ headers: request.headers, peerAddress: request.socket?.remoteAddress });
    if (!roleCovers(principal.role, role))
      throw new ConnectError(
        `${what} needs the role ${role}; ${principal.name} is ${principal.role}`,
        Code.PermissionDenied,
      );
    admitted.set(request, principal);
    return principal;
  }

  return {
    admit,
    contextValues: (request) => createContextValues().set(principalKey, admitted.get(request)),
    guard: (next) => (request, response) => {
      const call = calls.get(pathOf(request));
      // What is no call has nothing to give: the server says that there is nothing.
      if (!call || call.role === null) return next(request, response);
      admit(request, call.role, call.method.name).then(
        () => next(request, response),
        (error: unknown) => {
          if (!(error instanceof ConnectError))
            logger.error({ err: error }, "a call could not be judged; it is refused");
          refuseCall(request, response, error instanceof ConnectError ? error : unjudged());
        },
      );
    },
  };
}

function pathOf({ url }: Request): string {
  return new URL(url ?? "/", "http://localhost").pathname;
}

function unjudged(): ConnectError {
  return new ConnectError("whether the call may be made could not be found out; try again", Code.Unavailable);
}
