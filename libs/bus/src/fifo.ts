/** First in, first out, at constant cost; its users bound it. */
export interface Fifo<T> {
  push(item: T): void;
  shift(): T | undefined;
}

/** An array's own `shift` moves everything behind it. */
export function makeFifo<T extends object>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      if (!item) return undefined;
      items[head] = undefined;
      head += 1;
      if (head === items.length) {
        items = [];
        head = 0;
      } else if (head >= 4_096 && head * 2 >= items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
