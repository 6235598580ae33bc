import { openApi } from "../api/open-api.ts";
import { printJson, printLine } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { configOf } from "./config-of.ts";
import { readColumns } from "./read-columns.ts";

const SHOWN_JOBS = 20;

interface PlanOptions extends ServerOptions {
  file?: string;
  set: string[];
  json?: boolean;
}

/** `hodei providers plan`: what a change, or a provider that is not there yet, would mean for the jobs that wait. */
export async function planProvider(name: string, { file, set, json, ...server }: PlanOptions): Promise<void> {
  const columns = readColumns({ ...(file !== undefined && { file }), set }, "plan");
  await using api = await openApi(server);
  // A whole file may describe one that would be new; a single column is a change of one that is there.
  if (file === undefined) await api.providers.getProvider({ providerId: name });
  const found = await api.jobs.plan({ changes: [{ providerId: name, ...configOf(columns) }] });
  const { waiting, freedJobs, strandedJobs, freedJobIds: freed, strandedJobIds: stranded } = found;
  if (json)
    return printJson({ waiting, freed, stranded, freedJobs: Number(freedJobs), strandedJobs: Number(strandedJobs) });
  printLine(`${waiting} jobs wait: ${freedJobs} would be placed, ${strandedJobs} could run nowhere any more`);
  for (const id of freed.slice(0, SHOWN_JOBS)) printLine(`  freed     ${id}`);
  for (const id of stranded.slice(0, SHOWN_JOBS)) printLine(`  stranded  ${id}`);
}
