export { adapters, hasAdapter, openProvider } from "./adapters.ts";
export {
  type AdapterContext,
  type CheckStep,
  type Failure,
  type Health,
  type LogChunk,
  type LogPosition,
  type Provider,
  type ProviderAdapter,
  StartError,
  type WorkerExit,
  type WorkerHandle,
  type WorkerSpec,
} from "./provider.ts";
