import { z } from "zod";

/** Body of `dlq.<subject>`: a message that could not be taken, with what is wrong with it. */
export const DeadLetter = z.object({
  subject: z.string().describe("Where it was published"),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  message_id: z.string().nullable().describe("Its Nats-Msg-Id, else its ce-id"),
  stream: z.string(),
  stream_sequence: z.number(),
  published_at: z.string(),
  body_base64: z.string().describe("Its first 64 KiB as they came"),
  body_bytes: z.number().describe("Of the whole body"),
  body_sha256: z.string().describe("Of the whole body"),
});
export type DeadLetter = z.output<typeof DeadLetter>;
