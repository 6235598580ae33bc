import type { DockerConfig } from "@hodei/contracts";
import type Docker from "dockerode";
import { StartError } from "../provider.ts";
import { resolveReference } from "../resolve-reference.ts";
import { within } from "../within.ts";
import { detailOf, dockerFailureCode, statusOf } from "./classify-error.ts";
import { CALL_TIMEOUT_MS } from "./connect.ts";

const DEFAULT_PULL_SECONDS = 300;

/** Makes sure that images are there; several workers that need the same one share one pull. */
export interface ImagePuller {
  /** @throws StartError IMAGE_PULL and the like */
  ensure(image: string, signal: AbortSignal): Promise<void>;
}

export function makeImagePuller(docker: Docker, config: DockerConfig): ImagePuller {
  const pulls = new Map<string, Promise<void>>();
  const limitMs = (config.pull_timeout_seconds ?? DEFAULT_PULL_SECONDS) * 1000;

  async function pull(image: string): Promise<void> {
    const auth = config.registry_auth;
    const authconfig = auth && {
      username: auth.username,
      password: resolveReference(auth.password),
      serveraddress: auth.server_address ?? "https://index.docker.io/v1/",
    };
    const stream = await within(docker.pull(withTag(image), { ...(authconfig && { authconfig }) }), limitMs);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
    });
  }

  return {
    async ensure(image, signal) {
      if (await isThere(docker, image, signal)) return;
      const running = pulls.get(image) ?? pull(image).finally(() => pulls.delete(image));
      pulls.set(image, running);
      try {
        await within(running, limitMs, signal);
      } catch (error) {
        const code = dockerFailureCode(error);
        throw new StartError(
          code === "PROVIDER_ERROR" || code === "UNREACHABLE" ? "IMAGE_PULL" : code,
          `${image}: ${detailOf(error)}`,
          { cause: error },
        );
      }
    },
  };
}

/** Without a tag or digest the engine would pull every tag there is. */
function withTag(image: string): string {
  return /@sha256:|:[^/]+$/.test(image) ? image : `${image}:latest`;
}

async function isThere(docker: Docker, image: string, signal: AbortSignal): Promise<boolean> {
  try {
    await within(docker.getImage(image).inspect(), CALL_TIMEOUT_MS, signal);
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
