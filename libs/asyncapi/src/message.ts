import type { z } from "zod";

/** The body of a subject, with bodies that it accepts. */
export interface Message {
  schema: z.ZodType;
  summary: string;
  examples: readonly { name: string; payload: unknown }[];
}
