import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import { StartError } from "../provider.ts";

/** The code that Hodei runs at Lambda, as the file a runtime expects. */
export interface WorkerCode {
  handler: string;
  zip: Buffer;
  /** As Lambda tells it of a function: base64 of the SHA-256 of the zip. */
  sha256: string;
}

const FLAVOURS = [
  { runtimes: /^provided\./, source: "bootstrap.sh", file: "bootstrap", handler: "bootstrap" },
  { runtimes: /^nodejs/, source: "worker.mjs", file: "index.mjs", handler: "index.handler" },
  { runtimes: /^python3/, source: "worker.py", file: "index.py", handler: "index.handler" },
] as const;

const EXECUTABLE = 0o100755;
/** DOS times have no zone, so the zip is the same wherever it is made. */
const NEVER_CHANGED = new Date(2000, 0, 1);

/** The worker for a runtime. Stored, not compressed: equal bytes on every version of Node, so that all provisioners make one function. */
export async function workerCode(runtime: string): Promise<WorkerCode> {
  const flavour = FLAVOURS.find(({ runtimes }) => runtimes.test(runtime));
  if (!flavour)
    throw new StartError(
      "CONFIG_INVALID",
      `runtime ${runtime} has no worker of Hodei; write provided.al2023, a nodejs or a python3 runtime, or the function_name of a function of your own`,
    );
  const zipFile = new ZipFile();
  zipFile.addBuffer(await readFile(new URL(`worker/${flavour.source}`, import.meta.url)), flavour.file, {
    mode: EXECUTABLE,
    mtime: NEVER_CHANGED,
    forceDosTimestamp: true,
    compress: false,
  });
  zipFile.end();
  const zip = await buffer(zipFile.outputStream);
  return { handler: flavour.handler, zip, sha256: createHash("sha256").update(zip).digest("base64") };
}
