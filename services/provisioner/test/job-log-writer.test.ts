import { type Bus, openBus } from "@hodei/bus";
import { makeLogger } from "@hodei/telemetry";
import { type TestNats, testNats } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeByteWindow } from "../src/workers/byte-window.ts";
import { makeJobLogWriter } from "../src/workers/job-log-writer.ts";

const LINE = `${"x".repeat(99)}\n`;
const logger = makeLogger("test", "silent");

let nats: TestNats;
let bus: Bus;
beforeAll(async () => {
  nats = await testNats();
  bus = await openBus({ url: nats.url, name: "test", logger });
});
afterAll(async () => {
  await bus[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

function writerOf(jobId: string, window = makeByteWindow(2 ** 21)) {
  const signal = new AbortController().signal;
  return makeJobLogWriter({ bus, jobId, attempt: 1, positions: {}, window, limitBytes: 2 ** 27, logger, signal });
}

async function stored(jobId: string) {
  const signal = AbortSignal.timeout(60_000);
  return await Array.fromAsync(bus.readJobLogs(jobId, { follow: false, withEnds: true, signal }));
}

test("a line alone goes out at once; many lines go out together", async () => {
  const writer = writerOf("batched");
  for (let i = 0; i < 5_000; i += 1) await writer.write({ stream: "stdout", offset: i * 100, bytes: 100, text: LINE });
  await writer.end();
  const pieces = await stored("batched");
  expect(pieces.map(({ text }) => text).join("")).toBe(LINE.repeat(5_000));
  expect(pieces[0]?.bytes).toBe(100);
  expect(pieces.length).toBeLessThan(50);
  expect(pieces.at(-1)).toMatchObject({ ended: true, stream: "system", bytes: 0 });
});

test("where stdout and stderr take turns, their order stays", async () => {
  const writer = writerOf("turns");
  for (let i = 0; i < 200; i += 1) {
    const stream = i % 2 === 0 ? "stdout" : "stderr";
    await writer.write({ stream, offset: Math.floor(i / 2) * 100, bytes: 100, text: LINE });
  }
  writer.say("that was it");
  await writer.end();
  const streams = (await stored("turns")).filter(({ ended }) => !ended).map(({ stream }) => stream);
  expect(streams).toEqual([...Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? "stdout" : "stderr")), "system"]);
});

test("a writer whose messages cannot go holds up its own reader and keeps little; afterwards all of it is there", async () => {
  await nats.kill("SIGTERM");
  const writer = writerOf("held");
  const chunk = LINE.repeat(655);
  let taken = 0;
  const writing = (async () => {
    for (let i = 0; i < 100; i += 1) {
      await writer.write({ stream: "stdout", offset: i * chunk.length, bytes: chunk.length, text: chunk });
      taken += 1;
    }
  })();
  // Every step that can be taken without NATS has been taken by then.
  for (let i = 0; i < 1_000; i += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(taken * chunk.length).toBeLessThan(2 ** 20);
  await nats.restart();
  await writing;
  await writer.end();
  const pieces = await stored("held");
  expect(pieces.reduce((bytes, piece) => bytes + piece.bytes + piece.missing, 0)).toBe(100 * chunk.length);
  expect(pieces.every(({ missing }) => missing === 0)).toBe(true);
});

test("a loud job and a quiet one take turns in the window they share", async () => {
  const window = makeByteWindow(65_536);
  const [loud, quiet] = [writerOf("loud", window), writerOf("quiet", window)];
  const chunk = LINE.repeat(655);
  const finished: string[] = [];
  const shouting = (async () => {
    for (let i = 0; i < 300; i += 1)
      await loud.write({ stream: "stdout", offset: i * chunk.length, bytes: chunk.length, text: chunk });
    await loud.end();
    finished.push("loud");
  })();
  await quiet.write({ stream: "stdout", offset: 0, bytes: 100, text: LINE });
  await quiet.end();
  finished.push("quiet");
  await shouting;
  expect(finished).toEqual(["quiet", "loud"]);
});
