import { openApi } from "../api/open-api.ts";
import { printLine } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";

/** `hodei jobs cancel` */
export async function cancelJob(
  jobId: string,
  { reason = "", ...server }: ServerOptions & { reason?: string },
): Promise<void> {
  await using api = await openApi(server);
  await api.jobs.cancelJob({ jobId, reason });
  printLine(`cancel of ${jobId} requested; see: hodei jobs get ${jobId}`);
}
