import type { LogChunk } from "@hodei/providers";
import { makeFindNeedles } from "./find-needles.ts";
import { secretNeedles } from "./secret-needles.ts";

/** Masks the secrets in a worker's output, which comes in pieces. */
export interface OutputMask {
  /** What of this piece and of those held back can go out. */
  take(chunk: LogChunk): LogChunk[];
  /** What is still held back; nothing more comes. */
  end(): LogChunk[];
}

/** Masks a text that is whole. */
export function makeTextMask(secrets: readonly string[]): (text: string) => string {
  const find = makeFindNeedles(secretNeedles(secrets));
  return (text) => hide(text, find(text), text.length);
}

const MASK = "***";
const REPLACEMENT_CHARACTER = "\ufffd";

/** The end of a stream's output that may be the beginning of a secret. */
interface Held {
  text: string;
  bytes: number;
}

/**
 * A secret that is cut between two pieces is masked too: what may be its beginning waits for the next piece. That happens where a line is
 * longer than a piece, and where a secret has several lines; any other whole line goes out at once. Pure.
 */
export function makeOutputMask(secrets: readonly string[]): OutputMask {
  const needles = secretNeedles(secrets);
  if (needles.length === 0) return { take: (chunk) => [chunk], end: () => [] };
  const find = makeFindNeedles(needles);
  const longest = needles.reduce((length, needle) => Math.max(length, needle.length), 0);
  const beginnings = needles.flatMap(wholeLineBeginnings).sort((a, b) => b.length - a.length);
  const heldBack = new Map<LogChunk["stream"], { at: LogChunk; held: Held }>();

  /** From where on the text may be an unfinished secret. */
  function holdFrom(text: string, found: readonly number[]): number {
    if (text.endsWith("\n")) {
      const beginning = beginnings.find((each) => text.endsWith(each));
      return outsideOf(found, text.length - (beginning?.length ?? 0));
    }
    const tail = Math.max(0, text.length - longest + 1, text.lastIndexOf(REPLACEMENT_CHARACTER) + 1);
    return outsideOf(found, isLowSurrogate(text, tail) ? tail + 1 : tail);
  }

  function emit(at: LogChunk, text: string, bytes: number, isLast: boolean): LogChunk[] {
    const found = find(text);
    const cut = isLast ? text.length : holdFrom(text, found);
    const rest = text.slice(cut);
    // Text of the tail is what the worker wrote byte by byte, even where what is before it is not valid UTF-8.
    const restBytes = Math.min(bytes, Buffer.byteLength(rest));
    const out = { ...at, bytes: bytes - restBytes, text: hide(text, found, cut) };
    if (rest === "") heldBack.delete(at.stream);
    else
      heldBack.set(at.stream, {
        at: { ...at, offset: at.offset + out.bytes },
        held: { text: rest, bytes: restBytes },
      });
    return out.bytes === 0 ? [] : [out];
  }

  return {
    take(chunk) {
      const before = heldBack.get(chunk.stream);
      if (!before) return emit(chunk, chunk.text, chunk.bytes, false);
      return emit(before.at, before.held.text + chunk.text, before.held.bytes + chunk.bytes, false);
    },
    end: () => [...heldBack.values()].flatMap(({ at, held }) => emit(at, held.text, held.bytes, true)),
  };
}

/** Its first line, its first two lines, and so on; not the whole. */
function wholeLineBeginnings(needle: string): string[] {
  const beginnings: string[] = [];
  for (let at = needle.indexOf("\n"); at !== -1 && at < needle.length - 1; at = needle.indexOf("\n", at + 1))
    beginnings.push(needle.slice(0, at + 1));
  return beginnings;
}

/** A cut within a secret that is complete moves behind it. */
function outsideOf(found: readonly number[], cut: number): number {
  for (let i = found.length - 2; i >= 0; i -= 2) {
    const [start = 0, end = 0] = [found[i], found[i + 1]];
    if (start < cut && cut < end) return end;
  }
  return cut;
}

function hide(text: string, found: readonly number[], cut: number): string {
  let masked = "";
  let from = 0;
  for (let i = 0; i < found.length; i += 2) {
    const [start = 0, end = 0] = [found[i], found[i + 1]];
    if (start >= cut) break;
    masked += text.slice(from, start) + MASK;
    from = end;
  }
  return masked + text.slice(from, cut);
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}
