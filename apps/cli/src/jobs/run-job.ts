import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import type { Api } from "../api/open-api.ts";
import { openApi } from "../api/open-api.ts";
import { UserError } from "../errors.ts";
import { printLine, say } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { conclude } from "./conclude.ts";
import { followJob } from "./follow-job.ts";
import { type SpecOptions, specOf } from "./spec-of.ts";

interface RunOptions extends SpecOptions, ServerOptions {
  detach?: boolean;
}

/** `hodei run -- CMD`: submits a job, shows its output, and ends as it ends. */
export async function runJob(command: string[], options: RunOptions): Promise<void> {
  const jobId = `run-${randomUUID().slice(0, 13)}`;
  const spec = specOf(jobId, command, options);
  await using api = await openApi(options);
  const submit = async () => void (await api.jobs.submitJob({ spec }));
  try {
    if (options.detach) {
      await submit();
      printLine(jobId);
      return;
    }
    say(`job ${jobId}`);
    cancelOnInterrupt(api, jobId);
    process.exitCode = conclude(await followJob(api, jobId, { submit }));
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== Code.InvalidArgument) throw error;
    throw new UserError(`job ${jobId} was rejected:\n${error.problems.map(asLine).join("\n")}`, { cause: error });
  }
}

/** Ctrl-C cancels the job. Failing to ask leaves it running: then that is what the user must hear. */
function cancelOnInterrupt({ jobs }: Api, jobId: string): void {
  process.once("SIGINT", () => {
    say(`cancelling ${jobId} …`);
    jobs.cancelJob({ jobId, reason: "Ctrl-C" }).catch((error: unknown) => {
      say(`${error instanceof Error ? error.message : String(error)}; it runs on: hodei jobs cancel ${jobId}`);
    });
  });
}

function asLine({ path, message }: { path: string; message: string }): string {
  return `  ${path.replace(/^spec\./, "")}: ${message}`;
}
