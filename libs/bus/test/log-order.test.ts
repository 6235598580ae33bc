import { type LogPiece, makeLogOrder } from "@hodei/bus";
import type { JobLog } from "@hodei/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";

const LOG = Buffer.from(Array.from({ length: 200 }, (_, i) => `line ${i} añ€😀\n`).join(""));

function piece(offset: number, end: number): JobLog {
  const text = LOG.toString("latin1", offset, end);
  return { job_id: "j", attempt: 1, stream: "stdout", offset, bytes: end - offset, at: "", text };
}

/** What a reader prints; each byte as one character, so that pieces may be cut anywhere. */
const printed = (pieces: readonly LogPiece[]) => pieces.map(({ text }) => text).join("");
const ascii = (entry: JobLog): JobLog => ({ ...entry, text: entry.text.replace(/[^\n]/g, "x") });
const EXPECTED = LOG.toString("latin1").replace(/[^\n]/g, "x");

test("however messages overtake each other, come twice, or are cut anew, each byte is read once and in order", () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: LOG.length - 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(cuts, cuts, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (first, second, random) => {
      const all = [first, second].flatMap((each) => {
        const ends = [...each.toSorted((a, b) => a - b), LOG.length];
        return ends.map((end, i) => ascii(piece(ends[i - 1] ?? 0, end)));
      });
      const shuffled = all.map((entry) => ({ entry, at: random.next().value ?? 0 })).sort((a, b) => a.at - b.at);
      const order = makeLogOrder();
      const pieces = shuffled.flatMap(({ entry }, i) => order.take(entry, i));
      expect(printed(pieces)).toBe(EXPECTED);
      expect(order.isHolding).toBe(false);
      expect(pieces.every(({ missing }) => missing === 0)).toBe(true);
    }),
  );
});

test("bytes that never came are counted, once nobody waits for them any more", () => {
  const order = makeLogOrder();
  expect(order.take(piece(0, 10), 1)).toMatchObject([{ offset: 0, missing: 0 }]);
  expect(order.take(piece(30, 40), 2)).toEqual([]);
  expect(order.take(piece(50, 60), 3)).toEqual([]);
  expect(order.release()).toMatchObject([
    { offset: 30, missing: 20, sequence: 2 },
    { offset: 50, missing: 10, sequence: 3 },
  ]);
  expect(order.take(piece(20, 30), 4)).toEqual([]);
});

test("the end of an attempt waits for nothing", () => {
  const order = makeLogOrder();
  order.take(piece(10, 20), 1);
  const ended: JobLog = { ...piece(0, 0), stream: "system", ended: true };
  expect(order.take(ended, 2)).toMatchObject([{ offset: 10, missing: 10 }, { ended: true }]);
});

test("a reader that begins in the middle misses nothing of what came before", () => {
  const order = makeLogOrder({ startsAnywhere: true });
  expect(order.take(piece(100, 120), 9)).toMatchObject([{ offset: 100, missing: 0 }]);
});

test("no more is held than a writer has on its way", () => {
  const order = makeLogOrder();
  const big = "x".repeat(2 ** 20);
  const at = (offset: number): JobLog => ({ ...piece(0, 1), offset, bytes: big.length, text: big });
  expect(order.take(at(100), 1)).toEqual([]);
  expect(order.take(at(100 + big.length), 2)).toEqual([]);
  expect(order.take(at(100 + 2 * big.length), 3)).toMatchObject([{ missing: 100 }, { missing: 0 }, { missing: 0 }]);
});
