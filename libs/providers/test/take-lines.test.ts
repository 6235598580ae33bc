import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogChunk } from "../src/provider.ts";
import { type PendingOutput, takeLines } from "../src/take-lines.ts";

const CHUNK_BYTES = 65_536;

/** Feeds output as a provider would get it: in parts of any size. */
function feed(data: Buffer, partBytes: number): LogChunk[] {
  const pending: PendingOutput = { offset: 0, data: Buffer.alloc(0) };
  const chunks: LogChunk[] = [];
  for (let at = 0; at < data.length; at += partBytes) {
    pending.data = Buffer.concat([pending.data, data.subarray(at, at + partBytes)]);
    chunks.push(...takeLines("stdout", pending, false));
  }
  return [...chunks, ...takeLines("stdout", pending, true)];
}

/** A line by its character and length, so that a counterexample can be read. */
const line = fc.record({
  character: fc.constantFrom("a", "é", "€", "😀"),
  length: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 15_000, max: 40_000 })),
});

test("output comes out whole, in chunks that end with a line and tear no character", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.integer({ min: 5_000, max: 200_000 }), (lines, partBytes) => {
      const output = Buffer.from(lines.map(({ character, length }) => character.repeat(length)).join("\n"));
      const chunks = feed(output, partBytes);
      expect(chunks.map(({ text }) => text).join("") === output.toString()).toBe(true);
      let next = 0;
      for (const { offset, bytes, text } of chunks) {
        expect(offset).toBe(next);
        expect(Buffer.byteLength(text)).toBe(bytes);
        expect(bytes).toBeLessThanOrEqual(CHUNK_BYTES);
        next += bytes;
        // Less than a whole chunk only where a line ends, or the output.
        if (bytes < CHUNK_BYTES - 4 && next < output.length) expect(text.endsWith("\n")).toBe(true);
      }
      expect(next).toBe(output.length);
    }),
    { numRuns: 40 },
  );
});

test("what is left of a long output does not keep all of it in memory", () => {
  const pending: PendingOutput = { offset: 0, data: Buffer.from(`${"x".repeat(99)}\n`.repeat(100_000).concat("rest")) };
  const bytes = [...takeLines("stdout", pending, false)].reduce((sum, chunk) => sum + chunk.bytes, 0);
  expect(bytes).toBe(10_000_000);
  expect(pending.data.toString()).toBe("rest");
  expect(pending.data.buffer.byteLength).toBeLessThan(CHUNK_BYTES);
});
