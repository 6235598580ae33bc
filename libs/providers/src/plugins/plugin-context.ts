import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "@hodei/telemetry";

/** Whose code runs: it goes with every timer, socket and promise that the code starts. */
export interface PluginOwner {
  package: string;
  /** The provider it works for; `null` while the plug-in is loaded or reads a configuration. */
  provider: string | null;
  logger: Logger;
}

const running = new AsyncLocalStorage<PluginOwner>();

/** Runs code of a plug-in, so that what it throws later, where nobody waits for it, is known to be its own. */
export function asPlugin<T>(owner: PluginOwner, work: () => T): T {
  return running.run(owner, work);
}

/** A function of ours that a plug-in calls: what it starts is ours again. */
export function asOurs<F extends (...args: never[]) => unknown>(call: F): F {
  return AsyncLocalStorage.bind(call) as F;
}

/**
 * An error that nobody caught, in a timer, a socket or a promise that a plug-in started: said once for all, and the process goes on, because
 * only that plug-in's providers can be the worse for it. @returns false when it is not a plug-in's
 */
export function answerForPlugin(error: unknown): boolean {
  const owner = running.getStore();
  if (!owner) return false;
  owner.logger.error(
    { err: error, plugin: owner.package, provider: owner.provider },
    `the plug-in ${owner.package} threw an error that nobody waited for; ${owner.provider ? `provider ${owner.provider}` : "its type"} may not work as it should`,
  );
  return true;
}
