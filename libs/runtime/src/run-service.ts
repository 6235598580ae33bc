import { type Logger, logLevelOf, makeLogger, metrics, startTracing } from "@hodei/telemetry";
import { openHttpServer, type RequestHandler, type Route } from "./http-server.ts";
import { loadSettings, type Settings } from "./settings.ts";

/** What a service's main function is given. */
export interface ServiceContext {
  /** Aborts on SIGTERM and SIGINT: stop taking work, finish or hand back, return. */
  signal: AbortSignal;
  /** Holds a resource until the service ends; released in reverse order, after main has returned. */
  use: <T extends Disposable | AsyncDisposable>(resource: T) => T;
  settings: Settings;
  logger: Logger;
  health: { addCheck(name: string, check: () => Promise<void>): void };
  /** Further paths answered with JSON. */
  routes: Map<string, Route>;
  /** Has every other path answered by `handler`. */
  serve: (handler: RequestHandler) => void;
  /**
   * Hears of errors that nobody caught. One that a listener answers for (true) is left to it; any other ends the process, which is
   * then started again in a known state.
   */
  onStrayError: (listener: (error: unknown) => boolean) => void;
  /** Says that the service does its work now: `/readyz` turns 200 and the line `ready` is logged. */
  ready: () => void;
}

/** After SIGTERM a service has this long to stop by itself (design §3). */
const STOP_MS = 9_500;

/** Runs one service: settings, logger, tracing, HTTP, signals, and an orderly end. Sets the exit code; never rejects. */
export async function runService(name: string, main: (context: ServiceContext) => Promise<void>): Promise<void> {
  const settings = settingsOrExit(name);
  const logger = makeLogger(name, logLevelOf(settings.logLevel, name));
  const stopping = new AbortController();
  const held: (Disposable | AsyncDisposable)[] = [];
  const strayErrors: ((error: unknown) => boolean)[] = [];
  stopOnSignals(stopping, logger);
  endOnStrayErrors(strayErrors, logger);
  try {
    metrics.showFor(name);
    const stopTracing = await startTracing(name);
    held.push({ [Symbol.asyncDispose]: stopTracing });
    const checks = new Map<string, () => Promise<void>>();
    const routes = new Map<string, Route>();
    let isReady = false;
    let rest: RequestHandler | undefined;
    const http = await openHttpServer({
      host: settings.httpHost,
      port: settings.port,
      tls: settings.tls,
      logger,
      checks,
      routes,
      isReady: () => isReady,
      rest: () => rest,
    });
    held.push(http);
    if (settings.port !== 0 && http.port !== settings.port)
      logger.warn(`port ${settings.port} is busy; using ${http.port}`);
    await main({
      signal: stopping.signal,
      use: (resource) => {
        held.push(resource);
        return resource;
      },
      settings,
      logger,
      routes,
      serve: (handler) => {
        rest = handler;
      },
      onStrayError: (listener) => void strayErrors.push(listener),
      health: { addCheck: (check, run) => void checks.set(check, run) },
      ready: () => {
        isReady = true;
        logger.info({ port: http.port, pid: process.pid }, "ready");
      },
    });
  } catch (error) {
    if (stopping.signal.aborted) {
      logger.warn({ err: error }, "something failed while stopping");
    } else {
      logger.fatal({ err: error }, `${name} cannot go on: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
      // What else of main still runs stops too.
      stopping.abort();
      leaveInTime(logger);
    }
  }
  await release(held, logger);
  logger.info("stopped");
  // What is still open now (a keep-alive socket, a timer of a library) must not keep the process.
  process.exit();
}

function settingsOrExit(name: string): Settings {
  try {
    return loadSettings(name);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

function stopOnSignals(stopping: AbortController, logger: Logger): void {
  const stop = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) {
      logger.warn({ signal }, "second signal; stopping at once");
      process.exit(1);
    }
    logger.info({ signal }, "stopping");
    stopping.abort();
    leaveInTime(logger);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function endOnStrayErrors(listeners: readonly ((error: unknown) => boolean)[], logger: Logger): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      if (listeners.some((answersFor) => answersFor(error))) return;
      logger.fatal({ err: error }, `${event}: the process ends, so that it is started again in a known state`);
      process.exit(1);
    });
  }
}

/** The last resort: whatever hangs, the process ends. */
function leaveInTime(logger: Logger): void {
  setTimeout(() => {
    logger.error(`did not stop within ${STOP_MS} ms; leaving`);
    process.exit(1);
  }, STOP_MS).unref();
}

async function release(held: readonly (Disposable | AsyncDisposable)[], logger: Logger): Promise<void> {
  for (const resource of held.toReversed()) {
    try {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
      else resource[Symbol.dispose]();
    } catch (error) {
      logger.error({ err: error }, "a resource could not be released");
    }
  }
}
