import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import type { AdapterContext } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";
import { statusOf } from "./classify-error.ts";
import type { ContainerEnds } from "./container-ends.ts";
import { LABELS } from "./labels.ts";

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;

/** What is asked of single containers, by name or id. */
export interface ContainerAccess {
  inspect(nameOrId: string, signal?: AbortSignal): Promise<ContainerInspectInfo | undefined>;
  /** Whether this cluster created it. */
  isOurs(info: ContainerInspectInfo): boolean;
  /** Success where it is gone already, or was so already. */
  settled(call: (abortSignal: AbortSignal) => Promise<unknown>, timeoutMs?: number): Promise<void>;
  /** Removes one that does not run; its end is not told any more. */
  removeById(id: string): Promise<void>;
}

export function makeContainerAccess(docker: Docker, context: AdapterContext, ends: ContainerEnds): ContainerAccess {
  async function inspect(nameOrId: string, signal?: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    try {
      const container = docker.getContainer(nameOrId);
      return await askEngine((abortSignal) => container.inspect({ abortSignal }), { signal });
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  function isOurs(info: ContainerInspectInfo): boolean {
    return info.Config.Labels?.[LABELS.cluster] === context.clusterId;
  }

  async function settled(call: (abortSignal: AbortSignal) => Promise<unknown>, timeoutMs?: number): Promise<void> {
    try {
      await askEngine(call, { ...(timeoutMs !== undefined && { timeoutMs }) });
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND && statusOf(error) !== NOT_MODIFIED) throw error;
    }
  }

  async function removeById(id: string): Promise<void> {
    ends.settle(id);
    await settled((abortSignal) => docker.getContainer(id).remove({ v: true, abortSignal }));
  }

  return { inspect, isOurs, settled, removeById };
}
