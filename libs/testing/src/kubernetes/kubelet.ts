import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { configurationProblem } from "./configuration-problem.ts";
import { ContainerLog } from "./container-log.ts";
import { type ContainerEnd, type ContainerProcess, runContainer } from "./container-process.ts";
import { removeIfFree } from "./delete-pod.ts";
import { environmentOf, expandVariables } from "./expand-variables.ts";
import { type ImageFault, isImageName } from "./image-faults.ts";
import type { Change, ObjectStore } from "./object-store.ts";
import { type Container, isOver, type Pod, wireTime } from "./objects.ts";
import { writeContainerState } from "./pod-status.ts";
import { recordEvent } from "./record-event.ts";
import type { Timers } from "./timers.ts";

const AGAIN_MS = 150;
const FROM = "kubelet";
const DEADLINE = {
  phase: "Failed",
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

export interface KubeletParts {
  store: ObjectStore;
  timers: Timers;
  folder: string;
  images: ReadonlyMap<string, ImageFault>;
  /** Containers as processes of this machine; false: they run until `finish` ends them. */
  runs: boolean;
}

interface RunningPod {
  log: ContainerLog;
  startedAt: string;
  process?: ContainerProcess;
  /** Why it is ended, where that is not its own doing. */
  reason?: string;
  isLost?: boolean;
  isPastDeadline?: boolean;
}

/** The kubelets of all nodes: pull, configure, run, end, and say so in the pod's status. */
export class Kubelet {
  readonly #parts: KubeletParts;
  readonly #pods = new Map<string, RunningPod>();
  readonly #known = new Set<string>();
  readonly #terminating = new Map<string, number>();

  constructor(parts: KubeletParts) {
    this.#parts = parts;
    parts.store.subscribe((change) => this.#see(change));
  }

  logOf(uid: string): ContainerLog | undefined {
    return this.#pods.get(uid)?.log;
  }

  /** Ends a container from outside: the kernel at its memory limit, an eviction. */
  end(pod: Pod, reason: string): void {
    const running = this.#pods.get(pod.metadata.uid);
    if (running) running.reason = reason;
    if (running?.process) running.process.kill();
    else this.#finished(pod, { exitCode: 137 });
  }

  /** The node is gone: its processes end, and nobody says so. */
  lose(pod: Pod): void {
    const running = this.#pods.get(pod.metadata.uid);
    if (running) running.isLost = true;
    running?.process?.kill();
  }

  /** Ends a container that is not really run. */
  finish(pod: Pod, exitCode: number): void {
    this.#finished(pod, { exitCode });
  }

  async close(): Promise<void> {
    const processes = [...this.#pods.values()].flatMap(({ process }) => process ?? []);
    for (const each of processes) each.kill();
    await Promise.all(processes.map(({ ended }) => ended));
  }

  #see({ type, resource, object }: Change): void {
    if (resource !== "pods") return;
    const pod = object as Pod;
    const { uid } = pod.metadata;
    if (type === "DELETED") {
      this.#pods.get(uid)?.process?.kill();
      this.#pods.delete(uid);
      this.#known.delete(uid);
      return;
    }
    if (!pod.spec.nodeName || isOver(pod)) return;
    if (pod.metadata.deletionTimestamp) this.#terminate(pod, pod.metadata.deletionGracePeriodSeconds ?? 0);
    else if (pod.spec.activeDeadlineSeconds !== undefined) this.#watchDeadline(pod, pod.spec.activeDeadlineSeconds);
    else if (!this.#known.has(uid)) {
      this.#known.add(uid);
      this.#pull(pod);
    }
  }

  /** The pod as it is now; undefined once nothing is to be started for it any more. */
  #current(pod: Pod): Pod | undefined {
    const now = this.#parts.store.get<Pod>("pods", pod.metadata.namespace, pod.metadata.name);
    const isWanted = now?.metadata.uid === pod.metadata.uid && !now.metadata.deletionTimestamp && !isOver(now);
    return isWanted ? now : undefined;
  }

  #pull(pod: Pod): void {
    const { store, timers, images } = this.#parts;
    if (!this.#current(pod)) return;
    const image = pod.spec.containers[0]?.image ?? "";
    const wait = (reason: string, message: string) => writeContainerState(store, pod, { waiting: { reason, message } });
    if (!isImageName(image))
      return void wait(
        "InvalidImageName",
        `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
      );
    const fault = images.get(image)?.pull;
    if (!fault) return this.#configure(pod);
    const message = `Failed to pull image "${image}": ${fault}`;
    recordEvent(store, pod, { type: "Normal", reason: "Pulling", message: `Pulling image "${image}"`, from: FROM });
    wait("ErrImagePull", fault);
    recordEvent(store, pod, { type: "Warning", reason: "Failed", message, from: FROM });
    timers.in(AGAIN_MS, () => {
      if (this.#current(pod)) wait("ImagePullBackOff", `Back-off pulling image "${image}"`);
    });
    timers.in(2 * AGAIN_MS, () => this.#pull(pod));
  }

  #configure(pod: Pod): void {
    const { store, timers, images } = this.#parts;
    const [container] = pod.spec.containers;
    if (!container || !this.#current(pod)) return;
    const problem = configurationProblem(store, pod, container, images.get(container.image ?? ""));
    if (!problem) return this.#run(pod, container);
    writeContainerState(store, pod, { waiting: problem });
    recordEvent(store, pod, { type: "Warning", reason: "Failed", message: `Error: ${problem.message}`, from: FROM });
    timers.in(AGAIN_MS, () => this.#configure(pod));
  }

  #run(pod: Pod, container: Container): void {
    const { store, folder, runs } = this.#parts;
    const log = new ContainerLog();
    const running: RunningPod = { log, startedAt: wireTime() };
    this.#pods.set(pod.metadata.uid, running);
    if (!runs) return void writeContainerState(store, pod, { running: { startedAt: running.startedAt } });
    const env = environmentOf(store, pod.metadata.namespace ?? "", container);
    const command = [...(container.command ?? []), ...(container.args ?? [])].map((text) => expandVariables(text, env));
    const process = runContainer(command, env, mkdtempSync(join(folder, "pod-")), log);
    running.process = process;
    void process.started.then(() => this.#hasStarted(pod, running));
    void process.ended.then((end) => this.#finished(pod, end));
  }

  #hasStarted(pod: Pod, running: RunningPod): void {
    if (running.log.isClosed || running.isLost) return;
    writeContainerState(this.#parts.store, pod, { running: { startedAt: running.startedAt } });
    const graceSeconds = this.#terminating.get(pod.metadata.uid);
    if (graceSeconds !== undefined) running.process?.signal("SIGTERM");
  }

  #finished(pod: Pod, { exitCode, startError }: ContainerEnd): void {
    const running = this.#pods.get(pod.metadata.uid);
    if (running?.isLost) return;
    const reason = running?.reason ?? (startError ? "StartError" : exitCode === 0 ? "Completed" : "Error");
    const times = { startedAt: running?.startedAt ?? wireTime(), finishedAt: wireTime() };
    const why = running?.isPastDeadline ? DEADLINE : undefined;
    const after = writeContainerState(
      this.#parts.store,
      pod,
      {
        terminated: { exitCode, reason, ...(startError && { message: startError }), ...times },
      },
      why,
    );
    if (after) removeIfFree(this.#parts.store, after);
  }

  /** A pod past its deadline is ended like any other and stays. */
  #watchDeadline(pod: Pod, seconds: number): void {
    const end = Date.parse(pod.status.startTime ?? wireTime()) + seconds * 1000;
    this.#parts.timers.in(Math.max(0, end - Date.now()), () => {
      const current = this.#current(pod);
      const running = this.#pods.get(pod.metadata.uid);
      if (!current || !running) return;
      running.isPastDeadline = true;
      this.#terminate(current, current.spec.terminationGracePeriodSeconds ?? 30);
    });
  }

  #terminate(pod: Pod, grace: number): void {
    const { uid } = pod.metadata;
    const before = this.#terminating.get(uid);
    if (before !== undefined && before <= grace) return;
    this.#terminating.set(uid, grace);
    const running = this.#pods.get(uid);
    if (running?.isLost) return;
    if (!running) {
      const after = this.#parts.store.update<Pod>("pods", pod, (draft) => {
        draft.status.phase = "Failed";
      });
      if (after) removeIfFree(this.#parts.store, after);
      return;
    }
    if (!running.process) return this.#finished(pod, { exitCode: 143 });
    running.process.signal("SIGTERM");
    this.#parts.timers.in(grace * 1000, () => running.process?.kill());
  }
}
