import type { ContainerInspectInfo } from "dockerode";
import type { Failure, WorkerExit, WorkerHandle } from "../provider.ts";

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

/** How an ended container ended. 126 and 127 are the shell's and the init's words for a command that cannot be executed or found. */
export function exitOf(info: ContainerInspectInfo): WorkerExit {
  const startedAt = timeOf(info.State.StartedAt);
  const failure = failureOf(info);
  return {
    name: nameOf(info),
    resourceId: info.Id,
    at: timeOf(info.State.FinishedAt) ?? new Date(),
    exitCode: info.State.ExitCode,
    ...(startedAt && { startedAt }),
    ...(failure && { failure }),
  };
}

function failureOf({ State: { OOMKilled, ExitCode } }: ContainerInspectInfo): Failure | undefined {
  if (OOMKilled) return { code: "OOM_KILLED", detail: "the kernel killed it at its memory limit" };
  if (ExitCode === 127)
    return { code: "COMMAND_NOT_FOUND", detail: "exit code 127: a command was not found in the image" };
  if (ExitCode === 126) return { code: "COMMAND_NOT_FOUND", detail: "exit code 126: the command cannot be executed" };
  return undefined;
}
