/** A set of slots as bits, or as a list while that is smaller: each provider of a large fleet may have a label's value of its own. */
export interface SlotSet {
  add(index: number): void;
  delete(index: number): void;
  /** Leaves in `mask` only what is in the set too. */
  intersect(mask: Uint32Array): void;
  /** Adds the set to `mask`. */
  unite(mask: Uint32Array): void;
  readonly isEmpty: boolean;
}

const BITS = 32;

export function makeSlotSet(): SlotSet {
  let list: number[] = [];
  let bits: Uint32Array | undefined;
  let size = 0;

  function spread(index: number): Uint32Array {
    const words = (index >> 5) + 1;
    if (bits && bits.length >= words) return bits;
    const wider = new Uint32Array(Math.max(words, 2 * (bits?.length ?? 0)));
    wider.set(bits ?? []);
    for (const each of list) setBit(wider, each);
    list = [];
    bits = wider;
    return wider;
  }

  return {
    add(index) {
      size += 1;
      if (!bits && list.length < Math.max(4, index / BITS)) list.push(index);
      else setBit(spread(Math.max(index, ...list)), index);
    },
    delete(index) {
      size -= 1;
      if (bits) bits[index >> 5] = (bits[index >> 5] ?? 0) & ~(1 << (index & 31));
      else list.splice(list.indexOf(index), 1);
    },
    intersect(mask) {
      if (bits) {
        for (let word = 0; word < mask.length; word += 1) mask[word] = (mask[word] ?? 0) & (bits[word] ?? 0);
        return;
      }
      const kept = list.filter((index) => hasBit(mask, index));
      mask.fill(0);
      for (const index of kept) setBit(mask, index);
    },
    unite(mask) {
      if (bits)
        for (let word = 0; word < bits.length && word < mask.length; word += 1)
          mask[word] = (mask[word] ?? 0) | (bits[word] ?? 0);
      for (const index of list) setBit(mask, index);
    },
    get isEmpty() {
      return size === 0;
    },
  };
}

function hasBit(mask: Uint32Array, index: number): boolean {
  return ((mask[index >> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function setBit(mask: Uint32Array, index: number): void {
  mask[index >> 5] = (mask[index >> 5] ?? 0) | (1 << (index & 31));
}

/** Calls back for each slot in the mask, in order. */
export function forEachBit(mask: Uint32Array, visit: (index: number) => void): void {
  for (let word = 0; word < mask.length; word += 1) {
    for (let rest = mask[word] ?? 0; rest !== 0; rest &= rest - 1) {
      visit(word * BITS + 31 - Math.clz32(rest & -rest));
    }
  }
}
