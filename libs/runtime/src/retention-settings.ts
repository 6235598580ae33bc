import { type Problem, problemsOf } from "@hodei/contracts";
import type { z } from "zod";
import type { ConfigFile } from "./config-file.ts";
import { numberVariable } from "./number-variable.ts";

/** How long finished jobs are kept, and where (docs/operations/retention.md). */
export interface RetentionSettings {
  /** After this a finished job moves into the archive, and its id is free again. */
  archiveAfterSeconds: number;
  /** After this it is dropped; `undefined` keeps it for ever. */
  keptSeconds: number | undefined;
}

const DAY = 86_400;
/** So long the end of a job is told again to a stream that was lost (selector), and no message of it comes late. */
const SHORTEST_ARCHIVE_AFTER = 600;
const TEN_YEARS = 3_650 * DAY;
const ArchiveAfter = numberVariable(SHORTEST_ARCHIVE_AFTER, TEN_YEARS, false);
const Kept = numberVariable(DAY, TEN_YEARS, false);

/** `HODEI_ARCHIVE_AFTER_SECONDS` and `HODEI_RETENTION_SECONDS`, else `[retention]` of the file. What is wrong is added to `problems`. */
export function retentionSettingsOf(
  env: Readonly<Record<string, string | undefined>>,
  { retention = {} }: ConfigFile,
  problems: Problem[],
): RetentionSettings {
  const file = `HODEI_CONFIG ${env["HODEI_CONFIG"]} retention`;
  const [afterName, keptName] = ["HODEI_ARCHIVE_AFTER_SECONDS", "HODEI_RETENTION_SECONDS"];
  const after = env[afterName]
    ? { path: afterName, text: env[afterName] }
    : { path: `${file}.archive_after_seconds`, text: retention.archive_after_seconds ?? String(DAY) };
  const kept = env[keptName]
    ? { path: keptName, text: env[keptName] }
    : { path: `${file}.seconds`, text: retention.seconds ?? String(30 * DAY) };
  const archiveAfterSeconds = read(ArchiveAfter, after, problems);
  const keptSeconds = kept.text === "0" ? undefined : read(Kept, kept, problems, " (or 0, for ever)");
  if (archiveAfterSeconds && keptSeconds && keptSeconds < archiveAfterSeconds)
    problems.push({
      path: keptName,
      message: `${keptSeconds} is less than ${afterName} ${archiveAfterSeconds}: jobs would be dropped as they are archived; write at least as much`,
    });
  return { archiveAfterSeconds: archiveAfterSeconds ?? DAY, keptSeconds };
}

function read(
  schema: z.ZodType<number>,
  { path, text }: { path: string; text: string },
  problems: Problem[],
  more = "",
): number | undefined {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  problems.push(...problemsOf(parsed.error).map(({ message }) => ({ path, message: `${message}${more}` })));
  return undefined;
}
