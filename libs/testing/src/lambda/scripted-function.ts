/** What a function of the test's own is given beside its event. */
interface FunctionContext {
  requestId: string;
  /** Decoded `x-amz-client-context`. */
  clientContext: { custom?: Record<string, string> } | undefined;
  /** Writes to the function's log. */
  log(text: string): void;
}

/** Its answer, or a promise of it. It fails by a throw, or dies as the runtime does by a `RuntimeFailure`. */
export type FunctionHandler = (event: unknown, context: FunctionContext) => unknown;

/** The end of a function that did not end by itself: `Runtime.ExitError`, `Runtime.ImportModuleError` … */
export class RuntimeFailure extends Error {
  readonly errorType: string;
  readonly duringInit: boolean;
  constructor(errorType: string, message: string, { duringInit = false } = {}) {
    super(message);
    this.name = "RuntimeFailure";
    this.errorType = errorType;
    this.duringInit = duringInit;
  }
}
