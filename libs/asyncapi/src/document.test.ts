import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { STREAMS } from "@hodei/bus";
import {
  deadLetterSubject,
  JOB_STATES,
  jobLogSubject,
  jobStatusSubject,
  SUBJECTS,
  WORKER_STATES,
  workerStatusSubject,
} from "@hodei/contracts";
import { expect, test } from "vitest";
import { CHANNELS } from "./channels.ts";
import { MESSAGES } from "./messages.ts";

const TEXT = readFileSync(new URL("../../../docs/asyncapi.json", import.meta.url), "utf8");
/** As Spectral counts: 0 is an error, 1 a warning, 2 and 3 are advice. */
const WARNING = 1;
const parsed = new Parser().parse(TEXT);
const EVERY_SUBJECT = [
  ...Object.values(SUBJECTS),
  ...JOB_STATES.map(jobStatusSubject),
  ...WORKER_STATES.map(workerStatusSubject),
  jobLogSubject("nightly-42"),
  deadLetterSubject(SUBJECTS.jobSubmitted),
];

/** `worker.status.*` of `worker.status.{state}`; what a parameter allows stands beside it. */
function takes(address: string, subject: string): boolean {
  const pattern = address.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "(.+)");
  return new RegExp(`^${pattern}$`).test(subject);
}

test("an AsyncAPI parser finds nothing wrong with the document", async () => {
  const { document, diagnostics } = await parsed;
  const wrong = diagnostics.map(({ severity, path, message }) => ({
    severity: Number(severity),
    path: path.join("."),
    message,
  }));
  expect(wrong.filter(({ severity }) => severity <= WARNING)).toEqual([]);
  expect(document?.version()).toBe("3.0.0");
});

test.each(EVERY_SUBJECT)("%s is in the document, with an example of its body", async (subject) => {
  const { document } = await parsed;
  const channels = document?.channels().all() ?? [];
  const found = channels.filter((channel) => {
    const allowed = channel.parameters().all()[0]?.json().enum as string[] | undefined;
    const isAllowed = !allowed || allowed.includes(subject.split(".").at(-1) ?? "");
    return takes(channel.address() ?? "", subject) && isAllowed;
  });
  expect(found).toHaveLength(1);
  expect(found[0]?.messages().all()[0]?.examples().all().length).toBeGreaterThan(0);
});

test("whatever a stream keeps is in the document", () => {
  const kept = STREAMS.flatMap(({ subjects }) => subjects ?? []);
  const example = (pattern: string) => pattern.replace(/[*>]$/, "running");
  expect(kept.filter((pattern) => !CHANNELS.some(({ address }) => takes(address, example(pattern))))).toEqual([]);
});

test.each(Object.entries(MESSAGES))(
  "the examples of %s are taken by the schema that the services check with",
  (_, message) => {
    for (const { payload } of message.examples) expect(message.schema.safeParse(payload).error?.issues).toBe(undefined);
  },
);
