import { metrics } from "./metrics.ts";

/** What a statement without a name counts as. */
const UNNAMED = "other";

/** Runs one statement and measures its round trip. `statement` is a name out of the code, never text: it is a label. */
export async function measureQuery<T>(statement: string | undefined, run: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  try {
    return await run();
  } finally {
    metrics.databaseSeconds.observe({ statement: statement ?? UNNAMED }, (performance.now() - begun) / 1000);
  }
}
