import { SUBJECTS } from "@hodei/contracts";
import { testCluster, waitFor } from "@hodei/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const BAD_BODIES = 300;

const hostileText = fc.constantFrom(
  "\0",
  "a\0b",
  "\ud800",
  "'; DROP TABLE jobs; --",
  "$(reboot)",
  "../../etc/passwd",
  "🦊".repeat(60),
  "A",
  "-a",
  "a-",
  "x".repeat(51),
  "",
);
const hostileQuantity = fc.constantFrom(
  "4GB",
  "-1",
  "1e9",
  "NaN",
  "Infinity",
  "1.5.2Gi",
  " 1Gi",
  "0x10",
  "1Gib",
  {},
  [],
  null,
  true,
  -3,
  1e308,
);

/** One key of a good job made bad in some way, or a body that is no job at all. */
const badBody: fc.Arbitrary<Uint8Array> = fc.oneof(
  json(fc.record({ job_id: hostileText, command: fc.constant(["true"]) })),
  json(
    fc.record({
      command: fc.oneof(
        fc.constantFrom("ls", [], [""], [1], null, {}, ["a\0"]),
        fc.array(fc.integer(), { minLength: 1 }),
      ),
    }),
  ),
  json(
    fc.record({
      command: fc.constant(["true"]),
      resources: fc.oneof(
        fc.record({ memory: hostileQuantity }),
        fc.record({ cpu: hostileQuantity }),
        fc.constantFrom([], "1Gi", 1, { disk: 1 }),
      ),
    }),
  ),
  json(
    fc
      .tuple(fc.string({ minLength: 1 }), fc.json())
      .map(([key, value]) => ({ command: ["true"], [`unknown_${key}`]: value })),
  ),
  json(
    fc.record({
      command: fc.constant(["true"]),
      env: fc.constantFrom({ "A B": "x" }, { A: 1 }, ["A=1"], { A: "\0" }, { "": "x" }),
    }),
  ),
  json(
    fc.record({
      command: fc.constant(["true"]),
      secrets: fc.constantFrom({ A: "hunter2" }, { A: "env:PATH" }, { A: "file:/a/../b" }, { A: 1 }),
    }),
  ),
  json(
    fc.record({
      command: fc.constant(["true"]),
      timeout_seconds: fc.constantFrom(0, -1, 1.5, "10m", null, 1e12),
      retry: fc.constantFrom({}, { max_attempts: 0 }, []),
    }),
  ),
  json(
    fc.record({
      command: fc.constant(["true"]),
      required_labels: fc.constantFrom([], { a: 1 }, "a=b", { a: "\0" }),
      priority: fc.constantFrom("high", 1.5, null),
    }),
  ),
  json(fc.constantFrom(null, true, 42, "job", [], [{ command: ["true"] }], {})),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).filter((bytes) => !isJson(bytes)),
  fc
    .constantFrom(
      "{",
      '{"command": ["true"],}',
      "// hi\n{}",
      '{"command": [',
      "\ufeff",
      "[".repeat(2_000),
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    )
    .map((text) => new TextEncoder().encode(text)),
  fc
    .constantFrom('{"command":["true"],"name":"\xff"}')
    .map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0))),
  fc
    .integer({ min: 100_000, max: 900_000 })
    .map((size) => new TextEncoder().encode(JSON.stringify({ command: ["true"], junk: "x".repeat(size) }))),
  fc
    .constantFrom(1, 2)
    .map((n) =>
      new TextEncoder().encode(`{"command":["true"],"payload":${"[".repeat(5_000)}${n}${"]".repeat(5_000)}}`),
    ),
  // What a jsonb column does not hold, in a text, in a key, and in what is said of it.
  json(
    fc.record({
      command: fc.constant(["true"]),
      payload: fc.constantFrom<unknown>("\0", "\ud800", { a: ["b", "c\0"] }, { "a\0": 1 }, [{ b: { "\udfff": null } }]),
    }),
  ),
  json(fc.constantFrom({ command: ["true"], "no\0key": 1 }, { command: ["true"], ["k".repeat(500_000)]: 1 })),
  fc.constantFrom('"\0abc', "x😀😀😀😀😀😀😀😀", "{\0}").map((text) => new TextEncoder().encode(text)),
  fc
    .constantFrom(80_000)
    .map((keys) =>
      new TextEncoder().encode(`{"command":["true"]${Array.from({ length: keys }, (_, i) => `,"k${i}":1`).join("")}}`),
    ),
);

function json(value: fc.Arbitrary<unknown>): fc.Arbitrary<Uint8Array> {
  return value.map((each) => new TextEncoder().encode(JSON.stringify(each)));
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

test("300 malformed bodies among good ones: each is rejected with paths, none stalls or loses a good job, all are in dead_letters", async () => {
  await using cluster = await testCluster({ services: ["registry", "selector", "provisioner"] });
  await cluster.addProvider({ name: "sim", provider_type: "simulated", max_workers: 1_000 });
  const bodies = fc.sample(badBody, { numRuns: BAD_BODIES, seed: 20_261_124 });
  const { connection } = cluster.bus as unknown as {
    connection: { publish(subject: string, data: Uint8Array): void; flush(): Promise<void> };
  };
  const good: string[] = [];
  for (const [i, body] of bodies.entries()) {
    connection.publish(SUBJECTS.jobSubmitted, body);
    const jobId = `good-${i}`;
    good.push(jobId);
    connection.publish(
      SUBJECTS.jobSubmitted,
      new TextEncoder().encode(JSON.stringify({ job_id: jobId, command: ["true"] })),
    );
  }
  await connection.flush();
  await cluster.allFinished(good.length);
  await waitFor("all dead letters", async () => {
    const [row] = await cluster.database.query<{ n: number }>("SELECT count(*)::int AS n FROM dead_letters");
    return row?.n === BAD_BODIES;
  });
  const letters = await cluster.database.query<{
    problems: { path: string; message: string }[];
    body_sha256: string;
    kept: number;
    body_bytes: number;
  }>("SELECT problems, body_sha256, length(body)::int AS kept, body_bytes FROM dead_letters");
  for (const letter of letters) {
    expect(letter.problems.length).toBeGreaterThan(0);
    expect(letter.problems.every((problem) => problem.message.length > 0)).toBe(true);
    expect(letter.body_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(letter.kept).toBe(Math.min(letter.body_bytes, 65_536));
  }
  await waitFor(
    "all rejections to be told",
    () => cluster.statuses.filter((status) => status.state === "REJECTED").length === BAD_BODIES,
  );
  expect(
    await cluster.database.query("SELECT id FROM jobs WHERE state <> 'SUCCEEDED' OR id NOT LIKE 'good-%'"),
  ).toEqual([]);
});

test("the same id with the same body is the same job, with another body it is refused", async () => {
  await using cluster = await testCluster({ services: ["registry", "selector", "provisioner"] });
  await cluster.addProvider({ name: "sim", provider_type: "simulated" });
  const job = { job_id: "once", command: ["true"] };
  await cluster.submit(job);
  await cluster.reaches("once", "SUCCEEDED");
  const again = (body: object, messageId: string) =>
    cluster.bus.publish([{ subject: SUBJECTS.jobSubmitted, messageId, body }]);
  await again(job, "again");
  await again({ ...job, command: ["false"] }, "other");
  const refused = await waitFor("the refusal", () => cluster.statuses.find((status) => status.state === "REJECTED"));
  expect(refused.problems?.[0]).toMatchObject({
    path: "job_id",
    message: expect.stringContaining("is the id of another job with another body"),
  });
  expect(await cluster.database.query("SELECT attempt FROM jobs")).toEqual([{ attempt: 1 }]);
});

test("of a message of reports the ones that cannot be read are refused, and the others count", async () => {
  await using cluster = await testCluster({ services: ["registry", "selector"] });
  await cluster.addProvider({ name: "sim", provider_type: "simulated" });
  await cluster.submit({ job_id: "told", command: ["true"] });
  await cluster.reaches("told", "PROVISIONING");
  const at = new Date().toISOString();
  const good = { job_id: "told", attempt: 1, state: "EXITED", at, started_at: at, exit_code: 0 };
  const bad = [
    { ...good, attempt: 1.5 },
    { ...good, at: "soon" },
    { ...good, exit_code: 2 ** 40 },
    { ...good, job_id: "a\0b" },
    "no report",
  ];
  const items = [...bad, { ...good, message: "half \ud800 and \0", result: { "a\0": ["\udfff"] } }];
  await cluster.bus.publish([{ subject: "worker.status.exited", messageId: "mixed", body: { items } }]);
  expect(await cluster.reaches("told", "SUCCEEDED")).toMatchObject({ result: { "a\ufffd": ["\ufffd"] } });
  const problems = await waitFor("the dead letter", async () => {
    const [row] = await cluster.database.query<{ problems: { path: string }[] }>("SELECT problems FROM dead_letters");
    return row?.problems.map(({ path }) => path);
  });
  expect(problems).toEqual(["items[0].attempt", "items[1].at", "items[2].exit_code", "items[3].job_id", "items[4]"]);
});
