import type { Logger } from "@hodei/telemetry";
import type Docker from "dockerode";
import { detailOf } from "./classify-error.ts";
import type { ContainerEnds } from "./container-ends.ts";
import { listedHandle, listedName } from "./container-exit.ts";
import { isWarmName } from "./labels.ts";
import { removeWarm } from "./warm/warm-container.ts";
import type { WarmPool } from "./warm/warm-pool.ts";
import type { WorkerContainers } from "./worker-containers.ts";

/** A warm container that was created and not started for so long was forgotten by a process that is gone. */
const FORGOTTEN_AFTER_SECONDS = 300;
/** Ends read at once. */
const AT_ONCE = 16;

/**
 * Looks at what there is: tells the ends and the losses that no event told, and clears away warm containers that have ended.
 * @returns whether there was anything that an event should have told
 */
export async function lookAtEngine({
  docker,
  containers,
  pool,
  ends,
  logger,
}: {
  docker: Docker;
  containers: WorkerContainers;
  pool: WarmPool;
  ends: ContainerEnds;
  logger: Logger;
}): Promise<boolean> {
  // Before the list is asked for: what begins meanwhile is not missing in it.
  const running = ends.running();
  const found = await containers.listAll();
  const ids = new Set(found.map(({ Id }) => Id));
  const lost = [...running].filter(([id]) => !ids.has(id) && !ends.isTold(id));
  for (const [id, name] of lost) ends.vanished(id, name);
  const workers = found.filter((each) => !isWarmName(listedName(each)));
  const untold = workers.filter((each) => listedHandle(each).state === "exited" && !ends.isTold(each.Id));
  for (let i = 0; i < untold.length; i += AT_ONCE)
    await Promise.all(untold.slice(i, i + AT_ONCE).map(({ Id }) => containers.tellEnd(Id, false)));
  for (const each of found) {
    if (!isWarmName(listedName(each)) || pool.has(each.Id)) continue;
    const { state } = listedHandle(each);
    const isForgotten = state === "starting" && Date.now() / 1000 - each.Created > FORGOTTEN_AFTER_SECONDS;
    if (state !== "exited" && !isForgotten) continue;
    removeWarm(docker, each.Id).catch((error: unknown) =>
      logger.warn({ reason: detailOf(error) }, "a warm worker of a process that is gone could not be removed"),
    );
  }
  return lost.length > 0 || untold.length > 0;
}
