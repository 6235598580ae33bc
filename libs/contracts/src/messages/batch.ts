import { z } from "zod";

/** Items in one internal message at most (design §9). */
export const MAX_BATCH_ITEMS = 256;

/** `{ "items": [...] }`: internal hops carry batches, each item idempotent by itself. */
export function Batch<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item) });
}
