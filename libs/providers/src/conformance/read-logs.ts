import type { LogChunk } from "../provider.ts";

export async function collect(chunks: AsyncIterable<LogChunk>): Promise<LogChunk[]> {
  const all: LogChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

export async function firstOf(chunks: AsyncIterable<LogChunk>): Promise<LogChunk | undefined> {
  for await (const chunk of chunks) return chunk;
  return undefined;
}

export function textOf(chunks: readonly LogChunk[], stream: string): string {
  return chunks
    .filter((chunk) => chunk.stream === stream)
    .map((chunk) => chunk.text)
    .join("");
}
