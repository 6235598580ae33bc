import { randomBytes } from "node:crypto";
import type { DockerConfig } from "@hodei/contracts";
import type Docker from "dockerode";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import type { AdapterContext } from "../../provider.ts";
import { askEngine } from "../ask-engine.ts";
import { statusOf } from "../classify-error.ts";
import { hostConfigOf, ownLabels } from "../container-spec.ts";
import { createContainer } from "../create-container.ts";
import { LABELS, warmName } from "../labels.ts";
import { NEVER_TOLD_CODE, WAIT_SCRIPT } from "./wait-script.ts";

type Input = NodeJS.WritableStream & { destroy(): void };

/** A started container that waits for its command on its input, which only this process holds. */
export interface WarmContainer {
  id: string;
  word: string;
  input: Input;
  /** The image's ENTRYPOINT, which stands before every command, and its CMD. */
  entrypoint: readonly string[];
  defaultCommand: readonly string[];
  /** On this process's own clock. */
  begunAt: number;
  /** False once its input was closed by the other side. An engine does not always do so when the container ends. */
  isWaiting: boolean;
}

/** The body that creates one: as a cold worker without a job, with the provider's default resources. Pure. */
function warmSpec(config: DockerConfig, context: AdapterContext, word: string): ContainerCreateOptions {
  return {
    Image: config.default_image ?? "",
    Entrypoint: ["sh", "-c", WAIT_SCRIPT, "sh", word],
    Cmd: [],
    Labels: { ...ownLabels(context), [LABELS.warm]: word },
    // The input ends with the connection that this process holds, so that a container never waits for a process that is gone.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    HostConfig: hostConfigOf(config.default_resources ?? {}, config),
  };
}

/** Creates a warm container and starts it. What a failure leaves behind is removed. */
export async function startWarm(docker: Docker, config: DockerConfig, context: AdapterContext): Promise<WarmContainer> {
  const word = randomBytes(16).toString("hex");
  const image = await askEngine((abortSignal) =>
    docker.getImage(config.default_image ?? "").inspect({ abortSignal } as object),
  );
  const spec = warmSpec(config, context, word);
  const id = await createContainer(docker, warmName(word.slice(0, 12)), spec, config.capabilities?.architecture);
  try {
    const container = docker.getContainer(id);
    const input = (await askEngine((abortSignal) =>
      container.attach({ stream: true, stdin: true, hijack: true, abortSignal }),
    )) as Input & NodeJS.ReadableStream;
    await askEngine((abortSignal) => container.start({ abortSignal }));
    const warm: WarmContainer = {
      id,
      word,
      input,
      entrypoint: listOf(image.Config.Entrypoint),
      defaultCommand: listOf(image.Config.Cmd),
      begunAt: performance.now(),
      isWaiting: true,
    };
    const ended = () => {
      warm.isWaiting = false;
    };
    // Nothing is ever said on this side; it is read so that its end is seen.
    input.on("end", ended).on("close", ended).on("error", ended).resume();
    return warm;
  } catch (error) {
    await removeWarm(docker, id);
    throw error;
  }
}

function listOf(words: string | readonly string[] | null | undefined): readonly string[] {
  return typeof words === "string" ? [words] : (words ?? []);
}

/** Ends and deletes a warm container; already gone, or being removed by another, is success. */
export async function removeWarm(docker: Docker, id: string): Promise<void> {
  try {
    await askEngine((abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }));
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}

/** Whether a worker's container is a warm one that ended before it had its command: it has run nothing. */
export async function wasNeverTold(docker: Docker, info: ContainerInspectInfo): Promise<boolean> {
  const word = info.Config.Labels?.[LABELS.warm];
  if (!word || info.State.ExitCode !== NEVER_TOLD_CODE) return false;
  const tail = (await askEngine((abortSignal) =>
    docker.getContainer(info.Id).logs({ stdout: true, stderr: true, tail: 1, follow: false, abortSignal }),
  )) as Buffer | string;
  return tail.toString().trimEnd().endsWith(word);
}
