export { type Backoff, makeBackoff } from "./backoff.ts";
export type { Route } from "./http-server.ts";
export { type Batcher, makeBatcher } from "./make-batcher.ts";
export { currentBootId, isAlive, processIdentity } from "./process-identity.ts";
export { type LoopOptions, runLoop } from "./run-loop.ts";
export { runService, type ServiceContext } from "./run-service.ts";
export { loadSettings, type Settings } from "./settings.ts";
export { makeWake, type Wake } from "./wake.ts";
