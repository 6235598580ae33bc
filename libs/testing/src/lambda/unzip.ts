import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { inflateRawSync } from "node:zlib";
import { invalidParameter } from "./aws-error.ts";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** Unpacks a zip with the modes that stand in it: a file that is not executable there is not executable at Lambda either. */
export async function unzip(zip: Buffer, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const { name, mode, data } of entriesOf(zip)) {
    const path = join(folder, normalize(name));
    if (!path.startsWith(folder)) throw invalidParameter(`Could not unzip uploaded file: ${name}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, data);
    await chmod(path, mode & 0o777);
    names.push(name);
  }
  return names;
}

function* entriesOf(zip: Buffer): Generator<{ name: string; mode: number; data: Buffer }> {
  const end = zip.length - 22;
  if (end < 0 || zip.readUInt32LE(end) !== END_OF_DIRECTORY)
    throw invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw invalidParameter("Could not unzip uploaded file.");
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    yield { name, mode: zip.readUInt32LE(at + 38) >>> 16, data: unpack(packed, zip.readUInt16LE(at + 10)) };
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

function unpack(data: Buffer, method: number): Buffer {
  if (method === STORED) return data;
  if (method === DEFLATED) return inflateRawSync(data);
  throw invalidParameter(`Could not unzip uploaded file: compression method ${method}`);
}
