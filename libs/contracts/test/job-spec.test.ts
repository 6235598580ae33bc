import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatProblem,
  JobSpec,
  parseCpuMillis,
  parseMemoryBytes,
  parseWorkerName,
  problemsOf,
  storedJobSpec,
  workerName,
} from "../src/index.ts";

const problems = (body: unknown) => {
  const parsed = JobSpec.safeParse(body);
  return parsed.success ? [] : problemsOf(parsed.error).map(formatProblem);
};

test.each<[string, number | undefined]>([
  ["500m", 500],
  ["2", 2000],
  ["0.5", 500],
  ["1.25", 1250],
  ["0.0001", undefined],
  ["1.5m", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  [" 1", undefined],
  ["", undefined],
])("%j of CPU is %s millis", (text, millis) => {
  expect(parseCpuMillis(text)).toBe(millis);
});

test.each<[string | number, number | undefined]>([
  ["256Mi", 268_435_456],
  ["4G", 4_000_000_000],
  ["1.5Gi", 1_610_612_736],
  ["1024", 1024],
  [512, 512],
  ["4GB", undefined],
  ["1Gib", undefined],
  ["lots", undefined],
  ["9999999Pi", undefined],
])("%j of memory is %s bytes", (text, bytes) => {
  expect(parseMemoryBytes(text)).toBe(bytes);
});

test("every whole number of bytes and millis is read back as it was written", () => {
  fc.assert(
    fc.property(fc.nat(), (amount) => {
      expect(parseMemoryBytes(amount)).toBe(amount);
      expect(parseMemoryBytes(`${amount}Ki`)).toBe(amount * 1024);
      expect(parseCpuMillis(`${amount % 1e9}m`)).toBe(amount % 1e9);
    }),
  );
});

test("a job says nothing and gets the defaults of the contract", () => {
  expect(JobSpec.parse({ command: ["true"] })).toMatchObject({
    priority: 0,
    provisioningTimeoutSeconds: 300,
    retry: { maxAttempts: 1, backoffSeconds: 5 },
    allowedRegions: [],
    requiredLabels: {},
    resources: {},
  });
});

test("every problem of a job is named at once, by path, with what to write instead", () => {
  const body = {
    job_id: "Nightly Build",
    command: "echo hi",
    resources: { memory: "4GB", cpu: "lots" },
    retries: 3,
    allowed_regions: ["eu", 7],
    secrets: { TOKEN: "hunter2" },
    provider_type: "Docker",
    timeout_seconds: "10m",
  };
  expect(new Set(problems(body))).toEqual(
    new Set([
      "retries: is not a known key; remove it",
      'job_id: "Nightly Build" is not a job id; write lower-case letters, digits and inner dashes, for example nightly-42',
      'command: "echo hi" is not a list of strings; write for example ["echo", "hi"]',
      "secrets.TOKEN: is not a reference; write env:NAME or file:/path, never the value itself",
      'secrets.TOKEN: "hunter2" is outside what a job may name; write env:HODEI_SECRET_NAME or a file under HODEI_SECRETS_DIR',
      'resources.cpu: "lots" is not a CPU quantity; write for example 500m or 2',
      'resources.memory: "4GB" is not a quantity; write 4G or 4Gi',
      'provider_type: "Docker" is not a provider type; write it in lower case, for example docker',
      "allowed_regions[1]: 7 is not a string; write it in quotes",
      'timeout_seconds: "10m" is not a whole number from 1 to 31536000; write one',
    ]),
  );
});

test("a job without a command needs a payload, and somebody who takes one", () => {
  expect(problems({})).toEqual(['command: is missing; write for example ["echo", "hi"]']);
  expect(problems({ payload: { n: 1 } })[0]).toContain('write "provider_type": "lambda", or a command');
  expect(problems({ payload: { n: 1 }, provider_type: "lambda" })).toEqual([]);
});

test("a worker's name is read back as what it was made of, and fits Kubernetes", () => {
  const jobId = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/);
  fc.assert(
    fc.property(jobId, fc.integer({ min: 1, max: 999_999 }), (id, attempt) => {
      const name = workerName(id, attempt);
      expect(parseWorkerName(name)).toEqual({ jobId: id, attempt });
      expect(name.length).toBeLessThanOrEqual(63);
    }),
  );
  expect(parseWorkerName("hodei-x")).toBeUndefined();
  expect(parseWorkerName("other-x-1")).toBeUndefined();
});

const pairs = fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/), fc.stringMatching(/^[a-z ]{0,9}$/), {
  maxKeys: 3,
});
const text = fc.stringMatching(/^[a-z]{1,9}$/);
const body = fc.record(
  {
    job_id: text,
    name: text,
    command: fc.array(text, { minLength: 1, maxLength: 3 }),
    image: text,
    env: pairs,
    secrets: fc.constant({ TOKEN: "env:HODEI_SECRET_TOKEN" }),
    resources: fc.record(
      { cpu: fc.constantFrom("500m", 2, "0.5"), memory: fc.constantFrom("256Mi", 1024), gpu: fc.nat(4) },
      { requiredKeys: [] },
    ),
    provider_type: text,
    architecture: text,
    preferred_region: text,
    allowed_regions: fc.array(text, { maxLength: 3 }),
    required_labels: pairs,
    required_annotations: pairs,
    priority: fc.integer({ min: -9, max: 9 }),
    timeout_seconds: fc.integer({ min: 1, max: 99 }),
    provisioning_timeout_seconds: fc.integer({ min: 1, max: 99 }),
    retry: fc.record(
      { max_attempts: fc.integer({ min: 1, max: 9 }), backoff_seconds: fc.nat(9) },
      { requiredKeys: [] },
    ),
    payload: fc.constantFrom(null, 1, { deep: ["x"] }),
    metadata: pairs,
  },
  { requiredKeys: ["command"] },
);

test("of a row from before a key was refused, what the door passed over is passed over", () => {
  const accepted = JSON.parse('{"command":["true"],"required_labels":{"__proto__":"x","tier":"gold"}}');
  expect(Object.entries(storedJobSpec(accepted).requiredLabels)).toEqual([["tier", "gold"]]);
});

test("a body that was accepted is read from its row as it was read at the door", () => {
  fc.assert(
    fc.property(body, (accepted) => {
      expect(storedJobSpec(accepted)).toEqual(JobSpec.parse(accepted));
    }),
  );
});
