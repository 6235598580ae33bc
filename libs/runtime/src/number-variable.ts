import { z } from "zod";

/** A number as the environment has it: text. */
export function numberVariable(min: number, max: number, whole: boolean) {
  const kind = whole ? "a whole number" : "a number";
  return z
    .string()
    .refine(
      (text) =>
        /^\d+(\.\d+)?$/.test(text) && (!whole || !text.includes(".")) && Number(text) >= min && Number(text) <= max,
      {
        error: (issue) => `"${String(issue.input)}" is not ${kind} from ${min} to ${max}; write one`,
      },
    )
    .transform(Number);
}
