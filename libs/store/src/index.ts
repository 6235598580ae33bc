export type { ListenOptions } from "./listen.ts";
export { MIGRATIONS_DIRECTORY, migrate, pendingMigrations } from "./migrate.ts";
export { type MissingSchema, missingSchema } from "./missing-schema.ts";
export { type Actor, type Caller, openStore, type Store, type StoreOptions } from "./open-store.ts";
export type { Queryable } from "./queryable.ts";
export { isRetryable, isUnreachable } from "./retryable.ts";
export * as schema from "./schema/index.ts";
export { type AdmissionOutcome, admitJobs, type JobAdmission } from "./statements/admit-jobs.ts";
export { advanceWorkers, type RunningJob, type WorkerProgress } from "./statements/advance-workers.ts";
export {
  type ApiToken,
  type IssuedToken,
  issueToken,
  listTokens,
  readTokenByHash,
  revokeToken,
  sha256Of,
  TOKEN_PREFIX,
  touchToken,
} from "./statements/api-tokens.ts";
export { type ArchivedBatch, type ArchivePosition, archiveJobs, dropArchivedDays } from "./statements/archive-jobs.ts";
export { type AuditEntry, readAudit, recordAudit } from "./statements/audit.ts";
export { type CancelledJob, cancelJobs, type DoomedWorker } from "./statements/cancel-jobs.ts";
export { claimWorkers, takeOverWorkers } from "./statements/claim-workers.ts";
export type { ClaimedWorker } from "./statements/claimed-worker.ts";
export { countJobs } from "./statements/count-jobs.ts";
export { doomUnhealthyStarts } from "./statements/doom-unhealthy-starts.ts";
export {
  extendClaims,
  type HeldClaim,
  readClaimants,
  releaseClaims,
  releaseOrphans,
} from "./statements/extend-claims.ts";
export {
  claimCheck,
  claimDueChecks,
  type DueCheck,
  enrolProviders,
  secondsToNextCheck,
} from "./statements/health-checks.ts";
export { markOverdueStarts } from "./statements/mark-overdue-starts.ts";
export type { PlacementProposal, ProviderTotal } from "./statements/placement-proposal.ts";
export { type ProviderLoad, readLoads } from "./statements/provider-load.ts";
export { readArchivedEnds } from "./statements/read-archived-ends.ts";
export { type AttemptRow, readAttempts } from "./statements/read-attempts.ts";
export { readCheckedProviders } from "./statements/read-checked-providers.ts";
export { type Drift, readDrift } from "./statements/read-drift.ts";
export { type FinalJob, readFinalJobs, readRecentlyFinishedJobs } from "./statements/read-final-jobs.ts";
export { type FleetRow, fleetProviderOf, readFleet, readFleetRows } from "./statements/read-fleet.ts";
export {
  type JobRow,
  readExplanation,
  readKeptJob,
  readKeptWorkers,
  type WorkerRow,
} from "./statements/read-kept-jobs.ts";
export { readLiveWorkers } from "./statements/read-live-workers.ts";
export { readClusterId, readProvider } from "./statements/read-provider.ts";
export { type ReconcilableProvider, readReconcilableProviders } from "./statements/read-reconcilable.ts";
export {
  readRecentDeadLetters,
  readSessions,
  readStuckWorkers,
  readWaitingClasses,
  type StuckWorker,
  type WaitingClass,
} from "./statements/read-troubles.ts";
export {
  readWaitingHeads,
  readWaitingJobs,
  type WaitingJob,
} from "./statements/read-waiting.ts";
export { readWarmProviders } from "./statements/read-warm-providers.ts";
export { readWorkerStates } from "./statements/read-worker-states.ts";
export { type CheckOutcome, type CheckRecord, recordCheck } from "./statements/record-check.ts";
export { type DeadLetter, recordDeadLetters } from "./statements/record-dead-letters.ts";
export { type PlacementRecord, recordPlacements } from "./statements/record-placements.ts";
export { recordResources } from "./statements/record-resources.ts";
export { repairDrift } from "./statements/repair-drift.ts";
export { reserveWaiting, type WaitingReservation } from "./statements/reserve-waiting.ts";
export { type SettledJob, settleWorkers, type WorkerSettlement } from "./statements/settle-workers.ts";
export { takeLease, takeLeases, trimLeases } from "./statements/take-lease.ts";
export { trimAudit } from "./statements/trim-audit.ts";
export { trimPlacements } from "./statements/trim-placements.ts";
export { type ProviderSource, readConfigurations, writeConfigErrors } from "./statements/validate-providers.ts";
export { type ProviderTypeRow, writeProviderTypes } from "./statements/write-provider-types.ts";
