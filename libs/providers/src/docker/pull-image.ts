import type { DockerConfig } from "@hodei/contracts";
import type { FailureCode } from "@hodei/diagnostics";
import type { Logger } from "@hodei/telemetry";
import type Docker from "dockerode";
import { StartError } from "../provider.ts";
import { within } from "../within.ts";
import { askEngine } from "./ask-engine.ts";
import { detailOf, dockerFailureCode, statusOf } from "./classify-error.ts";
import { readJsonLines } from "./json-lines.ts";
import { makePullProgress, type PullEvent } from "./pull-progress.ts";
import { credentialsFor } from "./registry-credentials.ts";

const DEFAULT_PULL_SECONDS = 300;
/** A line of progress at most every so often. */
const PROGRESS_MS = 5_000;

/** Pulls images; several workers that need the same one share one pull. */
export interface ImagePuller {
  /**
   * Resolves when the image is there. Says how it goes: a line at the start, now and then one, and one at the end. Whoever gives up leaves the pull
   * to the others. @throws StartError IMAGE_PULL and the like
   */
  pull(image: string, say: (line: string) => void, signal: AbortSignal): Promise<void>;
}

interface Pull {
  done: Promise<void>;
  /** Those who wait, each with its job's log. */
  listeners: Set<(line: string) => void>;
  describe: () => string;
}

export function makeImagePuller(docker: Docker, config: DockerConfig, logger: Logger): ImagePuller {
  const pulls = new Map<string, Pull>();
  const limitSeconds = config.pull_timeout_seconds ?? DEFAULT_PULL_SECONDS;

  function begin(image: string): Pull {
    const progress = makePullProgress();
    const listeners: Pull["listeners"] = new Set();
    const tell = (line: string) => {
      for (const say of listeners) say(line);
    };
    const begun = performance.now();
    let toldAt = begun;
    const done = run(image, (event) => {
      progress.see(event);
      if (performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      tell(`pulling ${image}: ${progress.describe()}`);
    })
      .then(() => {
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        tell(`pulled ${image} in ${seconds} s`);
        logger.info({ image, seconds }, "image pulled");
      })
      .finally(() => pulls.delete(image));
    // Those who wait are told; where nobody waits any longer, nobody asks.
    done.catch(() => undefined);
    return { done, listeners, describe: () => progress.describe() };
  }

  /** One pull from its start to its end, bounded as a whole: cut off, the engine ends it too. */
  async function run(image: string, onEvent: (event: PullEvent) => void): Promise<void> {
    const authconfig = credentialsFor(image, config.registry_auth);
    const timeoutMs = limitSeconds * 1000;
    try {
      await askEngine(
        async (abortSignal) => {
          const options = { abortSignal, ...(authconfig && { authconfig }) };
          const stream = await docker.pull(withTag(image), options);
          await readEvents(stream, abortSignal, onEvent);
        },
        { timeoutMs },
      );
    } catch (error) {
      const isLate = error instanceof Error && error.message.startsWith("no answer within");
      const detail = isLate ? `not pulled within pull_timeout_seconds (${limitSeconds} s)` : detailOf(error);
      throw new StartError(isLate ? "IMAGE_PULL" : pullFailureCode(error), `${image}: ${detail}`, { cause: error });
    }
  }

  return {
    async pull(image, say, signal) {
      const known = pulls.get(image);
      const pull = known ?? begin(image);
      pulls.set(image, pull);
      pull.listeners.add(say);
      say(known ? `waiting for ${image}, which another worker pulls: ${pull.describe()}` : `pulling ${image}`);
      try {
        await within(pull.done, limitSeconds * 1000 + 1_000, signal);
      } finally {
        pull.listeners.delete(say);
      }
    },
  };
}

/** Reads the engine's answer to its end. That a pull failed stands in the answer, not in its status. */
async function readEvents(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
  onEvent: (event: PullEvent) => void,
): Promise<void> {
  const close = () => (stream as NodeJS.ReadableStream & { destroy(): void }).destroy();
  signal.addEventListener("abort", close, { once: true });
  try {
    for await (const event of readJsonLines<PullEvent>(stream)) {
      if (event.error !== undefined) throw new PullRefused(event.errorDetail?.message ?? event.error);
      onEvent(event);
    }
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** The engine's answer that a pull failed; an error of the connection to the engine is none. */
class PullRefused extends Error {}

/** Whatever stands between the engine and an image is the image's failure; only what keeps us from the engine, or fills its disk, is another. */
function pullFailureCode(error: unknown): FailureCode {
  const code = error instanceof StartError ? error.code : dockerFailureCode(error);
  if (code === "INSUFFICIENT_RESOURCES" || code === "CONFIG_INVALID" || code === "PLATFORM_MISMATCH") return code;
  const isAnswer = error instanceof PullRefused || statusOf(error) !== undefined;
  return isAnswer || code === "PROVIDER_ERROR" ? "IMAGE_PULL" : code;
}

/** Without a tag or digest the engine would pull every tag there is. */
function withTag(image: string): string {
  return /@sha256:|:[^/]+$/.test(image) ? image : `${image}:latest`;
}
