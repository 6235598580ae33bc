import type { Capabilities, CheckStep, JobSpec, LogStream } from "@hodei/contracts";
import type { FailureCode } from "@hodei/diagnostics";
import type { Logger } from "@hodei/telemetry";

export type { CheckStep } from "@hodei/contracts";

/** What an adapter may know of the system around it. */
export interface AdapterContext {
  providerId: string;
  providerName: string;
  /** Stamped on all we create, so that two clusters can share one engine: what carries another id is foreign. */
  clusterId: string;
  /** A folder of this provider on the local machine, for adapters that keep files. */
  stateDirectory: string;
  logger: Logger;
}

/** One worker to start: everything is decided, nothing is resolved from anywhere else. */
export interface WorkerSpec {
  /** `hodei-<job_id>-<attempt>`: the identity at the provider. */
  name: string;
  jobId: string;
  attempt: number;
  job: JobSpec;
  /** `job.env`, resolved `job.secrets` and the `HODEI_*`/`TRACEPARENT` variables. Holds secrets: never log it. */
  env: Readonly<Record<string, string>>;
  /** Seconds the command may run. */
  timeoutSeconds: number;
  /** Says a line to the job's own log (stream `system`): what the start is doing, while it does it. Never a secret. */
  progress: (line: string) => void;
  /**
   * Writes the vendor's id down before a call that cannot be found again or taken back: resolves once it is durable. A type whose workers
   * are found by name needs none.
   */
  announce: (resourceId: string) => Promise<void>;
  /** What an earlier process announced for this very attempt: it may have made that call. `null` = nobody did. */
  announced: string | null;
}

/** A worker at the provider. */
export interface WorkerHandle {
  name: string;
  /** The vendor's id: container id, `pid:starttime:bootid`, Job uid … */
  resourceId: string;
  state: "starting" | "running" | "exited";
  /** True when `start` found a worker of that name instead of creating one. */
  adopted: boolean;
  startedAt?: Date;
}

/** A worker's end, seen at the provider. Delivered at least once for each worker that ended. */
export interface WorkerExit {
  name: string;
  resourceId: string;
  startedAt?: Date;
  at: Date;
  /** Absent when the vendor does not know one. */
  exitCode?: number;
  /** Set when it did not simply exit: OOM_KILLED, WORKER_LOST, CRASH_LOOP … */
  failure?: Failure;
  /** What the worker returned (Lambda payload). */
  result?: unknown;
}

/** A failure by its catalogue code; `detail` is the vendor's own words, without secrets. */
export interface Failure {
  code: FailureCode;
  detail: string;
}

/** Thrown by `start` when the worker cannot be started: an expected outcome with a catalogue code. */
export class StartError extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = "StartError";
    this.code = code;
  }
}

/** What a health check found. A failure is a value, not a throw. */
export interface Health {
  state: "healthy" | "degraded" | "unhealthy";
  /** Catalogue code and the vendor's words where it is not healthy. */
  code?: FailureCode;
  detail?: string;
  /** A refused connection or a timeout: Degraded until confirmed by further checks (design §6). */
  needsConfirmation?: boolean;
  /** Discovered, where the check saw them. */
  capabilities?: Capabilities;
  /** The earliest end of a certificate that the connection rests on, where there is one. */
  certificateExpiresAt?: Date;
  /** What was tried, in order; `doctor` shows it. */
  steps?: readonly CheckStep[];
}

/** A piece of a worker's output: whole lines of one stream, except that the very last line may lack its newline. */
export interface LogChunk {
  stream: LogStream;
  /** Bytes of this stream before `text`. */
  offset: number;
  /** Bytes that `text` was read from; invalid UTF-8 makes them differ from its length. */
  bytes: number;
  text: string;
}

/** How far each stream was read by whoever followed it before: bytes. */
export type LogPosition = Partial<Record<LogStream, number>>;

/** One open provider. Every call honours `signal` and has its own timeout; none hangs for ever. */
export interface Provider extends AsyncDisposable {
  check(signal: AbortSignal): Promise<Health>;
  /** Creates the worker, or adopts the one of that name. @throws StartError */
  start(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle>;
  /** Ends of workers: those that had already ended when it is called, and each further one. Survives a reconnect. */
  watch(signal: AbortSignal): AsyncIterable<WorkerExit>;
  /** Output from `position` on; ends when the worker has ended and all of it was read. */
  logs(name: string, position: LogPosition, signal: AbortSignal): AsyncIterable<LogChunk>;
  /** SIGTERM, `graceSeconds`, SIGKILL, or the vendor's equal. Already gone is success. The end is reported by `watch`. */
  stop(name: string, graceSeconds: number): Promise<void>;
  /** Deletes what is left of an ended worker. Already gone is success. */
  remove(name: string): Promise<void>;
  /** What it means here that `list` lacks a worker that ran; absent = the vendor does not know it. */
  readonly unlistedMeans?: string;
  /** Every worker that this cluster started here, ended ones included. */
  list(signal: AbortSignal): Promise<WorkerHandle[]>;
  /** No further start comes here, since the configuration changed: what was kept ready for starts is given up, workers go on. */
  retire?(): Promise<void>;
}

/** A provider type: its configuration and how to open one. */
export interface ProviderAdapter<Config> {
  parse(config: unknown): Config;
  open(config: Config, context: AdapterContext): Promise<Provider>;
}
