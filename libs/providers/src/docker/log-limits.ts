import type { DockerConfig } from "@hodei/contracts";

/** What the output of one worker may take on the engine's disk where the configuration does not say. */
const DEFAULT_LIMIT_BYTES = 192 * 2 ** 20;
const FILES = 3;

/** The files of a container's log. The limit is shared by three, so that two whole ones are left when the oldest goes. */
export function logFilesOf(config: DockerConfig): { fileBytes: number; files: number } {
  return { fileBytes: Math.floor((config.log_limit ?? DEFAULT_LIMIT_BYTES) / FILES), files: FILES };
}

/**
 * The `local` driver, whatever the engine's default is: it can always be read back, keeps bytes as they are, and is bounded. Not compressed: reading
 * on would unpack it each time. Source: Docker, "Local file logging driver".
 */
export function logConfigOf(config: DockerConfig): { Type: string; Config: Record<string, string> } {
  const { fileBytes, files } = logFilesOf(config);
  return { Type: "local", Config: { "max-size": `${fileBytes}`, "max-file": `${files}`, compress: "false" } };
}
