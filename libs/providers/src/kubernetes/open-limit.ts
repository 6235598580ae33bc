/** Ends a call: when its time is over or whoever asked has left. */
export interface CallLimit extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
}

/** Dispose it when the call is over: unlike `AbortSignal.any` and `timeout`, nothing stays behind until the time is over. */
export function openLimit(timeoutMs: number | undefined, outer?: AbortSignal): CallLimit {
  const controller = new AbortController();
  const stop = () => controller.abort(outer?.reason);
  const late = () => controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError"));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
  if (outer?.aborted) stop();
  outer?.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    [Symbol.dispose]() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", stop);
    },
  };
}
