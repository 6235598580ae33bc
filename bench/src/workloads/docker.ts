import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import type { NatsConnection } from "nats";
import { openBenchCluster } from "../cluster/bench-cluster.ts";
import { type Finals, hearFinals } from "../cluster/hear-finals.ts";
import { publishPipelined } from "../cluster/publish-pipelined.ts";
import { percentile } from "../percentile.ts";
import type { Measure, WorkloadResult } from "../result.ts";

const ALONE = 30;
const ROUNDS_OF_EIGHT = 5;
const EIGHT = 8;
const PATIENCE_MS = 60_000;
/** The same image twice: the provider's default one, which is kept warm, and another name of it, which starts cold. */
const WARM_IMAGE = "hodei-bench:warm";
const COLD_IMAGE = "hodei-bench:cold";
/** Of several together, longer than all their starts take: no end of one falls among the starts of the others. */
const commandOf = (count: number) => ["sleep", count === 1 ? "0.2" : "4"];

type Kind = "bare" | "cold" | "warm";
const KINDS: readonly Kind[] = ["bare", "cold", "warm"];

/** Publish → container running, cold and warm, beside create + start by dockerode alone; in turns, so that all meet the same machine. */
export async function docker(say: (line: string) => void): Promise<WorkloadResult> {
  makeImages();
  const engine = new Docker({ socketPath: "/var/run/docker.sock" });
  await using cluster = await openBenchCluster(say);
  const config = {
    type: "docker",
    default_image: WARM_IMAGE,
    network: "none",
    warm_workers: EIGHT,
    start_concurrency: EIGHT,
  };
  await cluster.addProviders([{ name: "engine", config, maxWorkers: 32 }]);
  const finals = hearFinals(cluster.nats);
  const running = hearRunning(cluster.nats);
  const samples = { alone: emptySamples(), together: emptySamples() };
  let jobs = 0;
  const round = async (kind: Kind, count: number): Promise<number[]> => {
    await warmedUp(engine);
    if (kind === "bare") return await startBare(engine, count);
    const ids = Array.from({ length: count }, (_, i) => `docker-${jobs + i}`);
    jobs += count;
    return await startJobs({
      nats: cluster.nats,
      finals,
      running,
      ids,
      image: kind === "warm" ? WARM_IMAGE : COLD_IMAGE,
    });
  };
  for (let i = -2; i < ALONE; i += 1) {
    for (const kind of KINDS) {
      const times = await round(kind, 1);
      if (i >= 0) samples.alone[kind].push(...times);
    }
  }
  say(`${ALONE} alone are done; ${ROUNDS_OF_EIGHT} rounds of ${EIGHT} begin`);
  for (let i = 0; i < ROUNDS_OF_EIGHT; i += 1)
    for (const kind of KINDS) samples.together[kind].push(...(await round(kind, EIGHT)));
  if (finals.failures > 0) throw new Error(`${finals.failures} jobs failed`);
  return {
    workload: "docker",
    settings: {
      jobs: `${ALONE} one at a time, ${ROUNDS_OF_EIGHT} rounds of ${EIGHT} together`,
      network: "none",
      engine: (await engine.version()).Version,
      "warm workers": EIGHT,
    },
    measures: [
      ...measuresOf("alone", samples.alone, { cold: "aim: floor + 15 ms at p50", warm: "aim ≤ 60 at p50" }),
      ...measuresOf("8 together", samples.together, { cold: "aim: 1.1 × the floor" }),
    ],
  };
}

function emptySamples(): Record<Kind, number[]> {
  return { bare: [], cold: [], warm: [] };
}

const NAMES: Readonly<Record<Kind, string>> = {
  bare: "dockerode create + start",
  cold: "publish → running, cold",
  warm: "publish → running, warm",
};

function measuresOf(how: string, samples: Record<Kind, number[]>, aims: Partial<Record<Kind, string>>): Measure[] {
  return KINDS.flatMap((kind) => {
    const sorted = Float64Array.from(samples[kind]);
    const name = `${NAMES[kind]}, ${how}`;
    const aim = aims[kind];
    return [
      { name: `${name}, p50`, value: percentile(sorted, 0.5), unit: "ms", ...(aim && { beside: aim }) },
      { name: `${name}, p99`, value: percentile(sorted, 0.99), unit: "ms" },
    ];
  });
}

/** What Hodei asks of the engine for a cold worker, asked by nobody else. */
async function startBare(engine: Docker, count: number): Promise<number[]> {
  const started = await Promise.all(
    Array.from({ length: count }, async () => {
      const begun = performance.now();
      const container = await engine.createContainer({
        Image: COLD_IMAGE,
        Cmd: commandOf(count),
        HostConfig: {
          NetworkMode: "none",
          Init: true,
          PidsLimit: 4096,
          CapDrop: ["ALL"],
          SecurityOpt: ["no-new-privileges"],
          LogConfig: { Type: "local", Config: {} },
        },
      });
      await container.start();
      return { container, ms: performance.now() - begun };
    }),
  );
  for (const { container } of started) {
    await container.wait();
    await container.remove();
  }
  return started.map(({ ms }) => ms);
}

async function startJobs({
  nats,
  finals,
  running,
  ids,
  image,
}: {
  nats: NatsConnection;
  finals: Finals;
  running: (id: string) => Promise<number>;
  ids: readonly string[];
  image: string;
}): Promise<number[]> {
  const ended = finals.next(ids.length, PATIENCE_MS);
  const heard = ids.map(running);
  const begun = performance.now();
  const bodies = ids.map((job_id) => JSON.stringify({ job_id, image, command: commandOf(ids.length) }));
  const [times] = await Promise.all([Promise.all(heard), publishPipelined(nats, "job.submitted", bodies), ended]);
  return times.map((at) => at - begun);
}

/** Resolves with the moment at which a job is announced as running. */
function hearRunning(nats: NatsConnection): (id: string) => Promise<number> {
  const waiting = new Map<string, (at: number) => void>();
  nats.subscribe("job.status.running", {
    callback: (_error, message) => {
      const { job_id } = message.json<{ job_id: string }>();
      waiting.get(job_id)?.(performance.now());
      waiting.delete(job_id);
    },
  });
  return (id) => new Promise((resolve) => waiting.set(id, resolve));
}

/** Waits until the engine is quiet: all warm workers are there again, and no worker runs any more. */
async function warmedUp(engine: Docker): Promise<void> {
  const filters = JSON.stringify({ label: ["hodei.dev/managed=true"] });
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(100)) {
    const names = (await engine.listContainers({ all: true, filters })).filter(({ Image }) =>
      Image.startsWith("hodei-bench:"),
    );
    const warm = names.filter(({ Names, State }) => Names[0]?.startsWith("/hodei_warm_") && State === "running");
    if (warm.length !== EIGHT || names.length !== EIGHT) continue;
    // The pool knows of the last one a moment after the engine does.
    return await sleep(300);
  }
  throw new Error("the warm workers did not come up");
}

/** A static busybox, imported under both names; nothing is pulled. */
function makeImages(): void {
  const script = `d=$(mktemp -d) && mkdir "$d/bin" && cp /bin/busybox "$d/bin/" && ln -s busybox "$d/bin/sh" && ln -s busybox "$d/bin/sleep" &&
    tar -C "$d" -c . | docker import - "$1" && docker tag "$1" "$2"; code=$?; rm -rf "$d"; exit $code`;
  execFileSync("sh", ["-c", script, "sh", WARM_IMAGE, COLD_IMAGE], { stdio: ["ignore", "ignore", "inherit"] });
}
