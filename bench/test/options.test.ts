import { expect, test } from "vitest";
import { readOptions } from "../src/options.ts";

const WORKLOADS = ["drain", "retained"];

test("without a word all workloads run, with all contenders, three rounds", () => {
  expect(readOptions([], WORKLOADS)).toEqual({ wanted: [], only: [], rounds: 3, finishedJobs: 5_000_000 });
});

test("workloads, contenders, rounds and finished jobs may be chosen", () => {
  const args = ["drain", "--only", "hodei,pg-boss", "--rounds", "5", "--finished-jobs", "1000"];
  expect(readOptions(args, WORKLOADS)).toEqual({
    wanted: ["drain"],
    only: ["hodei", "pg-boss"],
    rounds: 5,
    finishedJobs: 1000,
  });
});

test("what there is not is refused, with what there is", () => {
  expect(() => readOptions(["drains"], WORKLOADS)).toThrow("no workload drains; write one of drain, retained");
  expect(() => readOptions(["--only", "celery"], WORKLOADS)).toThrow(
    "no contender celery; write one of hodei, graphile-worker, pg-boss, bullmq",
  );
  expect(() => readOptions(["--rounds", "some"], WORKLOADS)).toThrow("--rounds some: write a whole number from 1");
});
