import { openApi } from "../api/open-api.ts";
import { printLine } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";

/** `hodei jobs retry` */
export async function retryJob(jobId: string, server: ServerOptions): Promise<void> {
  await using api = await openApi(server);
  const { job } = await api.jobs.retryJob({ jobId });
  printLine(job?.id);
}
