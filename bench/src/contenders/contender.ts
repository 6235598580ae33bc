/** Who runs jobs in a comparison: Hodei, or one of its peers at one of its settings. */
export interface Contender extends AsyncDisposable {
  /** `graphile-worker, tuned, 2 processes`. */
  readonly name: string;
  /** At the peer's defaults: shown, never the one to beat. */
  readonly isDefault: boolean;
  /** Its name without how many processes it has: they share their settings. */
  readonly variant: string;
  /** What was set, in its own words, and of which version. */
  readonly settings: string;
  /** Its processes and those of its stores, by name: whose CPU is counted. */
  readonly pids: ReadonlyMap<string, number>;
  /** Stops its workers where they are, warm and idle, so that jobs can wait for them. */
  hold(): void;
  letGo(): void;
  /** Makes jobs durable by its fastest documented call, as many at once as it likes. */
  enqueue(count: number): Promise<void>;
  /** Has its store write down what it owes: what one turn left behind is not paid for in the next, nor by somebody else. */
  settle(): Promise<void>;
  /** One submission of that many jobs; resolves when they are durable. */
  submit(count: number): Promise<void>;
  /** Jobs that have run since it was opened, by the workers' own count: it says when to look at the store. */
  handled(): Promise<number>;
  /** Jobs that are not finished, by the store. */
  unfinished(): Promise<number>;
  /** Of the jobs since it was last asked. */
  delays(): Promise<Delays>;
}

/** Milliseconds from just before the submission, a value for each job. A plain queue decides in that it starts: there both are one. */
export interface Delays {
  decided: Float64Array;
  started: Float64Array;
}

/** What a peer's job carries: when it was submitted, by `now`. */
export interface Payload {
  at: number;
}

/** Milliseconds of the machine's own clock, with a fraction: the same in all processes, unlike `performance.now()`. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
