import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { TLSSocket } from "node:tls";
import { Code, ConnectError, type ContextValues, createContextValues } from "@connectrpc/connect";
import { type Role, roleCovers } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";
import type { RecordRefusal } from "./audit-refusals.ts";
import type { Authenticate } from "./authenticate.ts";
import { endStalled } from "./end-stalled.ts";
import type { CallFacts } from "./is-loopback-call.ts";
import { type Limits, makeCallLimiter } from "./limit-calls.ts";
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
  /** For what is no call: who asks. @throws UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED */
  admit(request: Request, role: Role): Promise<Principal>;
}

/** How often who reads a stream is judged again: a token that is revoked meanwhile ends it. */
const JUDGED_AGAIN_MS = 30_000;

/** Each call needs the role that its .proto file says. */
export function makeGuard({
  calls,
  authenticate,
  limits,
  recordRefusal,
  logger,
}: {
  calls: ReadonlyMap<string, GuardedCall>;
  authenticate: Authenticate;
  limits: Limits;
  recordRefusal: RecordRefusal;
  logger: Logger;
}): Guard {
  const admitted = new WeakMap<Request, Principal>();
  const limiter = makeCallLimiter(limits);

  /** Who asks, and that he may. */
  async function judge(request: Request, role: Role, call?: GuardedCall): Promise<Principal> {
    const facts = factsOf(request);
    const principal = { ...(await authenticate(facts)), source: sourceOf(facts) };
    if (roleCovers(principal.role, role)) return principal;
    const error = new ConnectError(
      `${call?.method.name ?? "this"} needs the role ${role}; ${principal.name} is ${principal.role}`,
      Code.PermissionDenied,
    );
    if (call) recordRefusal(principal, call.method, error);
    throw error;
  }

  async function admit(request: Request, role: Role, call?: GuardedCall): Promise<Principal> {
    const principal = await judge(request, role, call);
    // The user of this machine has better ways to keep it busy.
    if (principal.name !== "loopback") limiter.take(principal.name);
    admitted.set(request, principal);
    return principal;
  }

  async function begin(request: Request, response: Response, call: GuardedCall, role: Role): Promise<void> {
    const { name } = await admit(request, role, call);
    const end = limiter.begin(name);
    const isLong = call.method.methodKind !== "unary" && name !== "loopback";
    const again = isLong ? setInterval(() => void judgeAgain(request, response, role), JUDGED_AGAIN_MS) : undefined;
    const stopLooking = endStalled(response, limits.stalledSeconds, () =>
      logger.warn(
        { caller: name, call: call.method.name },
        "a reader takes nothing of what it asked for; its call ends",
      ),
    );
    const over = () => {
      clearInterval(again);
      stopLooking();
      end();
    };
    response.once("close", over);
    if (response.destroyed) over();
  }

  async function judgeAgain(request: Request, response: Response, role: Role): Promise<void> {
    try {
      await judge(request, role);
    } catch (error) {
      // That it cannot be found out at the moment is no reason to end what was let through.
      if (!(error instanceof ConnectError) || error.code === Code.Unavailable) return;
      logger.info({ err: error }, "a stream ends: who reads it may do so no longer");
      if ("stream" in response) response.stream.close();
      else response.destroy();
    }
  }

  return {
    admit: (request, role) => admit(request, role),
    contextValues: (request) => createContextValues().set(principalKey, admitted.get(request)),
    guard: (next) => (request, response) => {
      const call = calls.get(new URL(request.url ?? "/", "http://localhost").pathname);
      // What is no call has nothing to give: the server says that there is nothing.
      if (!call || call.role === null) return next(request, response);
      begin(request, response, call, call.role).then(
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

function factsOf({ headers, socket }: Request): CallFacts {
  const tls = socket as Partial<TLSSocket> | undefined;
  const commonName = tls?.authorized ? tls.getPeerCertificate?.().subject?.CN : undefined;
  return {
    headers,
    peerAddress: socket?.remoteAddress,
    commonName: Array.isArray(commonName) ? commonName[0] : commonName,
  };
}

/** The peer; and for whom it says it speaks, which only it knows to be true. */
function sourceOf({ headers, peerAddress = "unknown" }: CallFacts): string {
  const forwarded = headers["x-forwarded-for"] ?? headers.forwarded;
  return forwarded === undefined ? peerAddress : `${peerAddress} for ${String(forwarded).slice(0, 200)}`;
}

function unjudged(): ConnectError {
  return new ConnectError("whether the call may be made could not be found out; try again", Code.Unavailable);
}
