import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import type { Failure, WorkerExit, WorkerHandle } from "../provider.ts";
import { LABELS } from "./labels.ts";

/** Docker's "never": the time of a container that has not got that far. */
const NEVER = "0001-01-01T00:00:00Z";
/** How a container ends that is killed with its engine: by SIGKILL, by SIGTERM, or found dead when the engine came back. */
const KILLED_CODES: ReadonlySet<number> = new Set([137, 143, 255]);

function nameOf(info: ContainerInspectInfo): string {
  return info.Name.replace(/^\//, "");
}

function timeOf(text: string | undefined): Date | undefined {
  return text && text !== NEVER ? new Date(text) : undefined;
}

function stateOf(status: string): WorkerHandle["state"] {
  if (status === "created") return "starting";
  return status === "exited" || status === "dead" || status === "removing" ? "exited" : "running";
}

/** A warm container began before its command did: when, the engine does not know. */
function startedAtOf(info: ContainerInspectInfo): Date | undefined {
  return info.Config.Labels?.[LABELS.warm] === undefined ? timeOf(info.State.StartedAt) : undefined;
}

/** A container that `start` found under the name of its worker. */
export function adoptedHandle(info: ContainerInspectInfo): WorkerHandle {
  const startedAt = startedAtOf(info);
  const state = stateOf(info.State.Status);
  return { name: nameOf(info), resourceId: info.Id, state, adopted: true, ...(startedAt && { startedAt }) };
}

/** A container as a list has it. */
export function listedHandle({ Id, Names, State }: ContainerInfo): WorkerHandle {
  return { name: listedName({ Id, Names }), resourceId: Id, state: stateOf(State), adopted: true };
}

export function listedName({ Id, Names }: Pick<ContainerInfo, "Id" | "Names">): string {
  return Names[0]?.replace(/^\//, "") ?? Id;
}

/** What the engine's own record does not say about an end. */
export interface EndCircumstances {
  /** Somebody other than us sent it this signal by way of the engine. */
  outsideSignal: number | undefined;
  /** Its end was seen as it happened, not found afterwards. */
  wasHeard: boolean;
  /** We asked for it. */
  wasStopped: boolean;
}

/** How an ended container ended. Pure. */
export function exitOf(info: ContainerInspectInfo, circumstances: EndCircumstances): WorkerExit {
  const startedAt = startedAtOf(info);
  const failure = failureOf(info, circumstances);
  return {
    name: nameOf(info),
    resourceId: info.Id,
    at: timeOf(info.State.FinishedAt) ?? new Date(),
    exitCode: info.State.ExitCode,
    ...(startedAt && { startedAt }),
    ...(failure && { failure }),
  };
}

/** 126 and 127 are the shell's and the init's words for a command that cannot be executed or found. */
function failureOf(
  { State: { OOMKilled, ExitCode } }: ContainerInspectInfo,
  seen: EndCircumstances,
): Failure | undefined {
  if (OOMKilled) return { code: "OOM_KILLED", detail: "the kernel killed it at its memory limit" };
  if (ExitCode === 127)
    return { code: "COMMAND_NOT_FOUND", detail: "exit code 127: a command was not found in the image" };
  if (ExitCode === 126) return { code: "COMMAND_NOT_FOUND", detail: "exit code 126: the command cannot be executed" };
  if (seen.wasStopped || ExitCode === 0) return undefined;
  if (seen.outsideSignal !== undefined)
    return {
      code: "WORKER_LOST",
      detail: `somebody else ended the container at the engine (signal ${seen.outsideSignal})`,
    };
  if (!seen.wasHeard && KILLED_CODES.has(ExitCode))
    return {
      code: "WORKER_LOST",
      detail: `the container was killed while the engine was away (exit code ${ExitCode})`,
    };
  return undefined;
}
