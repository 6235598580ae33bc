import { z } from "zod";
import { cpuHint, memoryHint, parseCpuMillis, parseMemoryBytes } from "./quantities.ts";
import { describe, WholeNumber } from "./text.ts";

const stringOrNumber = z.union([z.string(), z.number()], {
  error: (issue) => `${describe(issue.input)} is not a quantity; write for example "500m" or 2`,
});

/** `"500m"` or `2` → thousandths of a core. */
export const CpuQuantity = stringOrNumber.transform((value, context): number => {
  const millis = parseCpuMillis(value);
  if (millis !== undefined) return millis;
  context.addIssue({ code: "custom", message: cpuHint(value), input: value });
  return z.NEVER;
});

/** `"256Mi"` or a number of bytes → bytes. */
export const MemoryQuantity = stringOrNumber.transform((value, context): number => {
  const bytes = parseMemoryBytes(value);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: memoryHint(value), input: value });
  return z.NEVER;
});

export const GpuCount = WholeNumber(0, 1024);

/** What one worker asks for or a provider offers. Units: thousandths of a core, bytes, whole GPUs. Absent = not said. */
export interface Resources {
  cpuMillis?: number;
  memoryBytes?: number;
  gpu?: number;
}

/** Leaves out the keys whose value is `undefined`, so that "not said" has one representation. */
export function resources(cpuMillis?: number, memoryBytes?: number, gpu?: number): Resources {
  return {
    ...(cpuMillis !== undefined && { cpuMillis }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(gpu !== undefined && { gpu }),
  };
}
