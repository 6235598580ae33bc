/** Runs work one piece after the other, in the order of the calls; a failed piece does not stop the next. */
export type Serial = <T>(work: () => Promise<T>) => Promise<T>;

export function makeSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    // The caller sees the failure through `next`; here it only must not break the chain.
    last = next.catch(() => undefined);
    return next;
  };
}
