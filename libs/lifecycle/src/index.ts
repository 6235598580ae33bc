export { advancesWorker } from "./advance-worker.ts";
export {
  type AttemptEnd,
  type AttemptOutcome,
  type Budget,
  isSuccess,
  type JobFacts,
  settleAttempt,
} from "./settle-attempt.ts";
