import type { LogChunk } from "@hodei/providers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeFindNeedles } from "../src/workers/find-needles.ts";
import { makeOutputMask, makeTextMask } from "../src/workers/mask-output.ts";

const TOKEN = "s3cr3t-value-of-the-token";

/** Takes texts as the pieces of one stream. */
function masked(secrets: readonly string[], ...texts: string[]): { text: string; pieces: LogChunk[] } {
  const mask = makeOutputMask(secrets);
  let offset = 0;
  const pieces: LogChunk[] = [];
  for (const text of texts) {
    const bytes = Buffer.byteLength(text);
    pieces.push(...mask.take({ stream: "stdout", offset, bytes, text }));
    offset += bytes;
  }
  pieces.push(...mask.end());
  return { text: pieces.map((piece) => piece.text).join(""), pieces };
}

/** The rule, as simple as it can be said: every character of every occurrence is hidden. */
function naively(text: string, needles: readonly string[]): number[] {
  const hidden = new Set<number>();
  for (const needle of needles)
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1))
      for (let i = at; i < at + needle.length; i += 1) hidden.add(i);
  return [...hidden].sort((a, b) => a - b);
}

const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀"), minLength: 2, maxLength: 6 });

test("the search finds what a plain search for each needle finds", () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 40 }), (needles, words) => {
      const text = words.join("");
      const found = makeFindNeedles(needles)(text);
      const hidden: number[] = [];
      for (let i = 0; i < found.length; i += 2)
        for (let at = found[i] ?? 0; at < (found[i + 1] ?? 0); at += 1) hidden.push(at);
      expect(hidden).toEqual(naively(text, needles));
    }),
  );
});

test("wherever output is cut, a secret is masked as if it were whole, and the bytes add up", () => {
  const secrets = ["aaba", "abab-abab", "bb\naa\nab"];
  const output = fc.array(fc.constantFrom("a", "b", "-", "\n", "é", "😀", ...secrets), { maxLength: 60 });
  fc.assert(
    fc.property(output, fc.array(fc.nat(100), { maxLength: 8 }), (parts, cuts) => {
      const characters = Array.from(parts.join(""));
      const ends = [...cuts.map((cut) => cut % (characters.length + 1)).sort((a, b) => a - b), characters.length];
      const texts = ends.map((end, i) => characters.slice(ends[i - 1] ?? 0, end).join(""));
      const { text, pieces } = masked(secrets, ...texts);
      for (const secret of secrets) expect(text).not.toContain(secret);
      let next = 0;
      for (const { offset, bytes } of pieces) {
        expect(offset).toBe(next);
        next += bytes;
      }
      expect(next).toBe(Buffer.byteLength(characters.join("")));
    }),
  );
});

test("whole lines go out at once; only what may begin a secret waits", () => {
  const mask = makeOutputMask([TOKEN, "first line\nsecond line"]);
  const take = (offset: number, text: string) =>
    mask.take({ stream: "stdout", offset, bytes: text.length, text }).map((piece) => piece.text);
  expect(take(0, "an ordinary line\n")).toEqual(["an ordinary line\n"]);
  expect(take(17, "said: first line\n")).toEqual(["said: "]);
  expect(take(34, "second line\n")).toEqual(["***\n"]);
});

test("encoded, a secret is masked too", () => {
  const mask = makeTextMask([TOKEN, 'quoted "value" & more']);
  for (const before of ["", "u", "us", "user:"]) {
    for (const encoding of ["base64", "base64url", "hex"] as const) {
      const text = mask(Buffer.from(`${before}${TOKEN}\n`).toString(encoding));
      expect(text).toContain("***");
      expect(text.length).toBeLessThan(before.length * 2 + 10);
    }
  }
  expect(mask(JSON.stringify({ v: 'quoted "value" & more' }))).toBe('{"v":"***"}');
  expect(mask(encodeURIComponent('quoted "value" & more'))).toBe("***");
});

test("a line of a secret of several lines is masked by itself; what is shorter than four characters is not", () => {
  expect(masked(["-----BEGIN KEY-----\r\nMIIEpAIBAAKCAQEA7\r\n"], "x MIIEpAIBAAKCAQEA7 y\n").text).toBe("x *** y\n");
  expect(masked(["abc"], "abc abcd\n").text).toBe("abc abcd\n");
  expect(masked(["abcd"], "abc abcd\n").text).toBe("abc ***\n");
});

test("bytes that are no text change no offset", () => {
  const mask = makeOutputMask([TOKEN]);
  const data = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`x${TOKEN}`)]);
  const text = data.toString();
  const first = mask.take({ stream: "stdout", offset: 0, bytes: data.length, text });
  const rest = [...mask.take({ stream: "stdout", offset: data.length, bytes: 1, text: "\n" }), ...mask.end()];
  const pieces = [...first, ...rest];
  expect(pieces.map((piece) => piece.text).join("")).toBe("\ufffd\ufffdx***\n");
  expect(pieces.reduce((sum, piece) => sum + piece.bytes, 0)).toBe(data.length + 1);
});
