import type { ContainerInspectInfo } from "dockerode";
import type { WorkerExit, WorkerHandle } from "../provider.ts";

/** Docker's "never": the time of a container that has not got that far. */
const NEVER = "0001-01-01T00:00:00Z";

export function nameOf(info: ContainerInspectInfo): string {
  return info.Name.replace(/^\//, "");
}

function timeOf(text: string | undefined): Date | undefined {
  return text && text !== NEVER ? new Date(text) : undefined;
}

export function handleOf(info: ContainerInspectInfo, adopted: boolean): WorkerHandle {
  const startedAt = timeOf(info.State.StartedAt);
  const state = info.State.Running ? "running" : info.State.Status === "created" ? "starting" : "exited";
  return { name: nameOf(info), resourceId: info.Id, state, adopted, ...(startedAt && { startedAt }) };
}

/** How an ended container ended. */
export function exitOf(info: ContainerInspectInfo): WorkerExit {
  const startedAt = timeOf(info.State.StartedAt);
  return {
    name: nameOf(info),
    resourceId: info.Id,
    at: timeOf(info.State.FinishedAt) ?? new Date(),
    exitCode: info.State.ExitCode,
    ...(startedAt && { startedAt }),
    ...(info.State.OOMKilled && { failure: { code: "OOM_KILLED" as const, detail: "the kernel killed it at its memory limit" } }),
  };
}
