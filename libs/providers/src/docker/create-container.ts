import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import { StartError } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";

const STATUS_CODES = {
  201: true,
  400: "bad parameter",
  404: "no such image",
  409: "conflict",
  500: "server error",
} as Record<string, true | string>;

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
  const { Id, Warnings } = await askEngine(
    (abortSignal) =>
      new Promise<{ Id: string; Warnings?: readonly string[] | null }>((resolve, reject) => {
        docker.modem.dial(
          {
            path: "/containers/create?",
            method: "POST",
            options: { _query: { name }, _body: spec },
            abortSignal,
            statusCodes: STATUS_CODES,
          } as unknown as Parameters<typeof docker.modem.dial>[0],
          (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer as { Id: string })),
        );
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
