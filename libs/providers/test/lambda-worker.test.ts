import { waitFor } from "@hodei/testing";
import { expect, test } from "vitest";
import { collect, textOf } from "../src/conformance/read-logs.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openLambda } from "./open-lambda.ts";

const signal = () => AbortSignal.timeout(30_000);

test.each(["provided.al2023", "nodejs22.x", "python3.13"])(
  "with %s a command that outlives its timeout is ended inside, with all it started, and what it wrote is kept",
  async (runtime) => {
    await using lambda = await openLambda({ runtime });
    const script = "echo begun; (trap '' TERM; exec sleep 300) & trap '' TERM; while :; do sleep 0.05; done";
    // Long enough for a busy machine to get the command begun.
    const worker = { ...workerOf(["sh", "-c", script]), timeoutSeconds: 3 };
    await lambda.provider.start(worker, signal());
    expect(await lambda.exits.of(worker.name)).toMatchObject({ failure: { code: "TIMEOUT_RUN" } });
    expect(textOf(await collect(lambda.provider.logs(worker.name, {}, signal())), "stdout")).toBe("begun\n");
    // The same sandbox, warm: nothing of the job before is left in it.
    const next = workerOf([
      "sh",
      "-c",
      'grep -l "$0" /proc/[0-9]*/environ 2>/dev/null | wc -l',
      `HODEI_MARK=${worker.jobId}`,
    ]);
    await lambda.provider.start(next, signal());
    await lambda.exits.of(next.name);
    expect(textOf(await collect(lambda.provider.logs(next.name, {}, signal())), "stdout").trim()).toBe("0");
  },
);

test("a command that is killed with the whole function is out of memory, and its log's last 4 KB are kept", async () => {
  await using lambda = await openLambda();
  const worker = workerOf(["sh", "-c", "seq 1 3000; echo last; sleep 300"]);
  await lambda.provider.start(worker, signal());
  await waitFor("the command to have written", () => lambda.endpoint.invoking.runningLog().includes("last"));
  await lambda.endpoint.invoking.killRunning();
  expect(await lambda.exits.of(worker.name)).toMatchObject({ failure: { code: "OOM_KILLED" } });
  const text = textOf(await collect(lambda.provider.logs(worker.name, {}, signal())), "stdout");
  expect(text).toMatch(/\n2999\n3000\nlast\n/);
  expect(text.length).toBeLessThan(4096);
});

test.each(["provided.al2023", "nodejs22.x", "python3.13"])(
  "with %s output beyond what an answer holds loses its beginning, and says so",
  async (runtime) => {
    await using lambda = await openLambda({ runtime });
    const worker = workerOf(["sh", "-c", "seq 1 500000"]);
    const said: string[] = [];
    await lambda.provider.start({ ...worker, progress: (line) => said.push(line) }, signal());
    expect(await lambda.exits.of(worker.name)).toMatchObject({ exitCode: 0 });
    const chunks = await collect(lambda.provider.logs(worker.name, {}, signal()));
    expect(chunks[0]?.offset).toBe(3_388_895 - 2_000_000);
    expect(textOf(chunks, "stdout").endsWith("499999\n500000\n")).toBe(true);
    expect(said.some((line) => line.startsWith("the first 1388895 bytes of stdout are left out here"))).toBe(true);
  },
);
