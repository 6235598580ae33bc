import { MAX_BATCH_ITEMS } from "@hodei/contracts";

const MAX_BYTES = 512 * 1024;

/** Items that go as one message. */
export interface Pack<Item> {
  items: Item[];
  /** `{"items":[…]}` */
  json: string;
}

/** Packs items in order: at most 256 and 512 KiB each (design §9); a single larger item goes alone. */
export function packItems<Item>(items: readonly Item[]): Pack<Item>[] {
  const packs: { items: Item[]; parts: string[]; bytes: number }[] = [];
  for (const item of items) {
    const json = JSON.stringify(item);
    const bytes = Buffer.byteLength(json) + 1;
    const current = packs.at(-1);
    if (!current || current.parts.length === MAX_BATCH_ITEMS || current.bytes + bytes > MAX_BYTES) {
      packs.push({ items: [item], parts: [json], bytes });
    } else {
      current.items.push(item);
      current.parts.push(json);
      current.bytes += bytes;
    }
  }
  return packs.map((pack) => ({ items: pack.items, json: `{"items":[${pack.parts.join(",")}]}` }));
}
