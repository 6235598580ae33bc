import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import { StartError } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";
import { dialEngine } from "./dial-engine.ts";

/** What the engine warns of when an image is for other machines than its own. */
const OTHER_PLATFORM = /requested image's platform \(([^)]+)\) does not match .*platform \(([^)]+)\)/i;

/**
 * Creates a container; the engine's own call, since dockerode keeps the warnings to itself. Never cut off in the middle: what it created has to be
 * known. An image for another platform is refused by name, before it fails with "exec format error" at the start, unless the operator has said
 * that the engine runs that architecture (`capabilities.architecture`).
 */
export async function createContainer(
  docker: Docker,
  name: string,
  spec: ContainerCreateOptions,
  emulated?: string,
): Promise<string> {
  const path = "/containers/create";
  const { Id, Warnings } = await askEngine((abortSignal) =>
    dialEngine<{ Id: string; Warnings?: readonly string[] | null }>(docker, {
      method: "POST",
      path,
      query: { name },
      body: spec,
      abortSignal,
    }),
  );
  const [, wanted = "", has = ""] =
    (Warnings ?? []).map((each) => OTHER_PLATFORM.exec(each)).find((each) => each) ?? [];
  if (wanted && (!emulated || wanted.split("/")[1] !== emulated)) {
    await askEngine((abortSignal) => docker.getContainer(Id).remove({ force: true, v: true, abortSignal }));
    throw new StartError("PLATFORM_MISMATCH", `the image ${spec.Image} is built for ${wanted}, the engine is ${has}`);
  }
  return Id;
}
