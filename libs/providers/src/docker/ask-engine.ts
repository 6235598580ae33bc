import { within } from "../within.ts";

/** Every call to the engine ends by this, whatever the engine does; streams and pulls have bounds of their own. */
export const CALL_TIMEOUT_MS = 30_000;

/**
 * One call to the engine, bounded. A call that is given up is cut off, so that an engine which never answers does not collect connections. What
 * must not be cut in the middle (a create, whose answer says what there is to clean up) is asked without a signal.
 */
export async function askEngine<T>(
  call: (abortSignal: AbortSignal) => Promise<T>,
  { signal, timeoutMs = CALL_TIMEOUT_MS }: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
): Promise<T> {
  const cut = new AbortController();
  try {
    return await within(call(cut.signal), timeoutMs, signal);
  } catch (error) {
    cut.abort();
    throw error;
  }
}
