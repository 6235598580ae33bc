import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { JobSpec } from "@hodei/contracts";
import { openProvider, type Provider, type WorkerSpec } from "@hodei/providers";
import { makeLogger } from "@hodei/telemetry";
import type { Measure, WorkloadResult } from "../result.ts";

const SERVER = fileURLToPath(new URL("../cluster/kubernetes-server.ts", import.meta.url));
const STEPS = [100, 1_000];
/** Further rounds of 1,000, each to its end: what is not given back would add up. */
const ROUNDS = 5;
const STARTS_AT_ONCE = 50;
const PATIENCE_MS = 300_000;

interface Memory {
  rssMiB: number;
  heapMiB: number;
}

/** What it costs a provisioner to follow many Jobs by one set of watches: memory while they run, and after they have come and gone. */
export async function kubernetes(say: (line: string) => void): Promise<WorkloadResult> {
  await using server = await openServer();
  const logger = makeLogger("bench", "warn");
  const context = {
    providerId: "bench",
    providerName: "bench",
    clusterId: "bench",
    stateDirectory: "/nonexistent",
    logger,
  };
  const config = {
    type: "kubernetes",
    kubeconfig_path: server.kubeconfig,
    namespace: "hodei-jobs",
    default_image: "any:1",
  };
  await using provider = await openProvider("kubernetes", config, context);
  const ends = countEnds(provider);
  const measures: Measure[] = [];
  const note = (name: string, { rssMiB, heapMiB }: Memory) => {
    measures.push(
      { name: `RSS ${name}`, value: rssMiB, unit: "MiB" },
      { name: `heap ${name}`, value: heapMiB, unit: "MiB" },
    );
    say(`${name}: RSS ${rssMiB.toFixed(0)} MiB, heap ${heapMiB.toFixed(1)} MiB`);
  };
  await runRound(provider, server, ends, "warm", 1);
  note("with none", memory());
  let running = 0;
  for (const step of STEPS) {
    await startAll(provider, names(`step-${step}`, step - running));
    running = step;
    note(`with ${step.toLocaleString("en")} running`, memory());
  }
  await finish(provider, server, ends, running);
  note("when those have ended", memory());
  for (let round = 0; round < ROUNDS; round += 1) await runRound(provider, server, ends, `round-${round}`, 1_000);
  note(`after ${(ROUNDS * 1_000).toLocaleString("en")} more came and went`, memory());
  await ends.stop();
  return {
    workload: "kubernetes",
    settings: {
      watches: "one set: Jobs, Pods, Events",
      "API server": "the test kit's, a process of its own",
      "starts at once": STARTS_AT_ONCE,
    },
    measures,
  };
}

type Server = Awaited<ReturnType<typeof openServer>>;
type Ends = ReturnType<typeof countEnds>;

async function runRound(provider: Provider, server: Server, ends: Ends, name: string, count: number): Promise<void> {
  await startAll(provider, names(name, count));
  await finish(provider, server, ends, count);
}

async function finish(provider: Provider, server: Server, ends: Ends, count: number): Promise<void> {
  const all = ends.next(count);
  await server.endAll();
  const ended = await all;
  await inTurns(ended, (name) => provider.remove(name));
}

async function startAll(provider: Provider, workers: readonly WorkerSpec[]): Promise<void> {
  await inTurns(workers, async (worker) => void (await provider.start(worker, AbortSignal.timeout(PATIENCE_MS))));
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const take = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, take));
}

function names(prefix: string, count: number): WorkerSpec[] {
  const job = JobSpec.parse({ command: ["sleep", "infinity"] });
  return Array.from({ length: count }, (_, i) => ({
    name: `hodei-${prefix}-${i}-1`,
    jobId: `${prefix}-${i}`,
    attempt: 1,
    job,
    env: { HODEI_JOB_ID: `${prefix}-${i}` },
    timeoutSeconds: 3_600,
    progress: () => undefined,
    announce: async () => undefined,
    announced: null,
  }));
}

function countEnds(provider: Provider) {
  const stop = new AbortController();
  let seen: string[] = [];
  let wanted: { count: number; resolve: (names: string[]) => void } | undefined;
  const settle = () => {
    if (!wanted || seen.length < wanted.count) return;
    wanted.resolve(seen);
    wanted = undefined;
    seen = [];
  };
  const watching = (async () => {
    for await (const { name } of provider.watch(stop.signal)) {
      seen.push(name);
      settle();
    }
  })();
  return {
    next: (count: number) =>
      new Promise<string[]>((resolve) => {
        wanted = { count, resolve };
        settle();
      }),
    async stop() {
      stop.abort();
      await watching;
    },
  };
}

function memory(): Memory {
  setFlagsFromString("--expose_gc");
  (runInNewContext("gc") as () => void)();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssMiB: rss / 2 ** 20, heapMiB: heapUsed / 2 ** 20 };
}

async function openServer() {
  const child = spawn(process.execPath, [SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  const lines: Interface = createInterface({ input: child.stdout });
  const [kubeconfig] = (await once(lines, "line")) as [string];
  return {
    kubeconfig,
    async endAll() {
      const answered = once(lines, "line");
      child.stdin.write("0\n");
      await answered;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
