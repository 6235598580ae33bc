import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeLateOutbox } from "./late-outbox.ts";

const warn = vi.fn();
const logger = { warn } as unknown as Parameters<typeof makeLateOutbox>[0];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  warn.mockReset();
});

test("what is added goes out in its order, with the next flush, and once", () => {
  const sent: string[] = [];
  const late = makeLateOutbox(logger);
  for (const name of ["ack", "notice"]) late.add(() => sent.push(name));
  expect(sent).toEqual([]);
  late.flush();
  vi.runAllTimers();
  expect(sent).toEqual(["ack", "notice"]);
});

test("nothing waits for company longer than a moment", () => {
  const sent: string[] = [];
  const late = makeLateOutbox(logger);
  late.add(() => sent.push("ack"));
  vi.advanceTimersByTime(2);
  expect(sent).toEqual(["ack"]);
  late.add(() => sent.push("notice"));
  vi.advanceTimersByTime(2);
  expect(sent).toEqual(["ack", "notice"]);
});

test("one that cannot be sent is logged, and holds up no other", () => {
  const sent: string[] = [];
  const late = makeLateOutbox(logger);
  late.add(() => {
    throw new Error("closed");
  });
  late.add(() => sent.push("notice"));
  late.flush();
  expect(sent).toEqual(["notice"]);
  expect(warn).toHaveBeenCalledOnce();
});
