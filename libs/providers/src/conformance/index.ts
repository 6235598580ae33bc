/** `@hodei/providers/conformance`: what every provider type promises, as tests (docs/providers/writing-a-provider.md). Runs under vitest. */
export { type ConformancePowers, type ConformanceSubject, describeConformance } from "./describe-conformance.ts";
export { type ExitLog, followExits } from "./follow-exits.ts";
export { collect, firstOf, textOf } from "./read-logs.ts";
export { workerOf } from "./worker-of.ts";
