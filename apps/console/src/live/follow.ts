import { Code, ConnectError } from "@connectrpc/connect";
import { pause, streamIsClosed, streamIsLost, streamIsUp } from "./connection.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** Asking again does not change these. */
const HOPELESS: readonly Code[] = [Code.NotFound, Code.InvalidArgument, Code.Unimplemented];

export interface Followed<Message> {
  /** What the connection calls it. */
  name: string;
  open: (signal: AbortSignal) => AsyncIterable<Message>;
  /** `isFirst`: of a stream that has just been opened; what was known before may be stale. */
  onMessage: (message: Message, isFirst: boolean) => void;
  /** What no further try mends. */
  onHopeless?: (error: unknown) => void;
  /** Whether a stream that ended has told everything; else it counts as lost. */
  isComplete?: () => boolean;
}

/** Reads a stream until nobody wants it: opens it again when it breaks, later and later, and not while the page is hidden. */
export function follow<Message>(followed: Followed<Message>): () => void {
  const closing = new AbortController();
  void run(followed, closing.signal);
  return () => {
    closing.abort();
    streamIsClosed(followed.name);
  };
}

async function run<Message>(followed: Followed<Message>, signal: AbortSignal): Promise<void> {
  const { name, isComplete } = followed;
  for (let failures = 0; !signal.aborted; ) {
    await untilVisible(signal);
    const outcome = await readOnce(followed, signal);
    if (signal.aborted || outcome.hidden) continue;
    if (outcome.error === undefined && isComplete?.()) return;
    if (isHopeless(outcome.error)) {
      streamIsClosed(name);
      followed.onHopeless?.(outcome.error);
      return;
    }
    failures = outcome.read ? 1 : failures + 1;
    const ms = pauseAfter(failures);
    streamIsLost(
      name,
      outcome.error ?? new ConnectError("the registry ended the stream", Code.Unavailable),
      Date.now() + ms,
    );
    await pause(ms, signal);
  }
}

/** One stream, from its opening to its end. */
async function readOnce<Message>(
  { name, open, onMessage }: Followed<Message>,
  signal: AbortSignal,
): Promise<{ error?: unknown; read: boolean; hidden: boolean }> {
  const hiding = new AbortController();
  const hide = () => document.hidden && hiding.abort();
  document.addEventListener("visibilitychange", hide);
  let read = false;
  try {
    for await (const message of open(AbortSignal.any([signal, hiding.signal]))) {
      if (signal.aborted) break;
      streamIsUp(name);
      onMessage(message, !read);
      read = true;
    }
    return { read, hidden: hiding.signal.aborted };
  } catch (error) {
    return { error, read, hidden: hiding.signal.aborted };
  } finally {
    document.removeEventListener("visibilitychange", hide);
  }
}

function isHopeless(error: unknown): boolean {
  return error instanceof ConnectError && HOPELESS.includes(error.code);
}

/** 0.5 s, 1 s, 2 s … 15 s, each somewhat off, so that not all pages come back at once. */
function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.75 + Math.random() / 2);
}

/** A browser opens six connections to a host at most: hidden pages hold none. */
function untilVisible(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look, { once: true });
  });
}
