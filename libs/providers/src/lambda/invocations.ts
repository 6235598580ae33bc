import type { ExitQueue } from "../exit-queue.ts";
import type { WorkerExit, WorkerHandle } from "../provider.ts";
import { type Output, outputOf } from "./output.ts";

/** One worker: an invocation that is about to be sent, in flight, or answered. */
export interface Invocation {
  readonly name: string;
  readonly resourceId: string;
  readonly timeoutSeconds: number;
  /** Where its end is told. */
  readonly exits: ExitQueue;
  /** Gives up the request; AWS is not told, since it takes no cancel. */
  readonly givenUp: AbortController;
  /** Resolves when AWS has taken the request, as far as can be told; rejects when it refused it. */
  readonly accepted: PromiseWithResolvers<void>;
  /** Resolves with its end. */
  readonly ended: PromiseWithResolvers<void>;
  /** When the request was out; until then nothing has run. */
  sentAt: Date | undefined;
  state: WorkerHandle["state"];
  output: Output;
}

/** The workers of one provider in this process. Nobody else can see them: AWS lists functions, not invocations. */
export interface Invocations extends Disposable {
  open(name: string, resourceId: string, timeoutSeconds: number): Invocation;
  find(name: string): Invocation | undefined;
  /** It never ran: nothing is told and nothing is left. */
  drop(invocation: Invocation): void;
  /** Forgets an ended one. */
  remove(name: string): void;
  list(): WorkerHandle[];
  /** Those that this opening of the provider sent, and whose answers it waits for. */
  inFlight(): Invocation[];
}

/** In flight by provider: a provider that is opened anew, for its configuration changed, still has what it sent before. */
const PROVIDERS = new Map<string, { byName: Map<string, Invocation>; users: number }>();

export function openInvocations(provider: string, exits: ExitQueue): Invocations {
  const shared = PROVIDERS.get(provider) ?? { byName: new Map<string, Invocation>(), users: 0 };
  PROVIDERS.set(provider, shared);
  shared.users += 1;
  const { byName } = shared;
  return {
    open(name, resourceId, timeoutSeconds) {
      const invocation: Invocation = {
        name,
        resourceId,
        timeoutSeconds,
        exits,
        givenUp: new AbortController(),
        accepted: Promise.withResolvers(),
        ended: Promise.withResolvers(),
        sentAt: undefined,
        state: "starting",
        output: outputOf(Buffer.alloc(0)),
      };
      // Whoever starts it waits for that; where nobody does any more, it was given up.
      invocation.accepted.promise.catch(() => undefined);
      byName.set(name, invocation);
      return invocation;
    },
    find: (name) => byName.get(name),
    drop(invocation) {
      invocation.state = "exited";
      invocation.ended.resolve();
      if (byName.get(invocation.name) === invocation) byName.delete(invocation.name);
    },
    remove(name) {
      if (byName.get(name)?.state === "exited") byName.delete(name);
    },
    list: () => [...byName.values()].map((invocation) => handleOf(invocation, true)),
    inFlight: () => [...byName.values()].filter((each) => each.exits === exits && each.state !== "exited"),
    [Symbol.dispose]() {
      shared.users -= 1;
      if (shared.users === 0) PROVIDERS.delete(provider);
    },
  };
}

/** Tells how it ended, once, to whoever watches the provider that sent it; what comes later changes nothing. */
export function endInvocation(
  invocation: Invocation,
  end: Pick<WorkerExit, "exitCode" | "failure" | "result">,
  output?: Output,
): boolean {
  if (invocation.state === "exited") return false;
  invocation.state = "exited";
  invocation.output = output ?? invocation.output;
  invocation.exits.push({
    name: invocation.name,
    resourceId: invocation.resourceId,
    at: new Date(),
    ...(invocation.sentAt && { startedAt: invocation.sentAt }),
    ...end,
  });
  invocation.ended.resolve();
  return true;
}

export function handleOf({ name, resourceId, state, sentAt }: Invocation, adopted: boolean): WorkerHandle {
  return { name, resourceId, state, adopted, ...(sentAt && { startedAt: sentAt }) };
}
