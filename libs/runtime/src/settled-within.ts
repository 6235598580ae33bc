/**
 * Resolves when the work has ended, however it did, or the time is over; a failure is for whoever began the work. Leaves no timer behind, which
 * would hold all that it can reach.
 */
export async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms).unref();
  try {
    await Promise.race([Promise.allSettled([work]), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
