import type { Problem } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A message that can never be handled, with everything that is wrong with it. */
export interface DeadLetter {
  /** The same for each delivery of the same message, so that a redelivery is one row. */
  dedupKey: string;
  subject: string;
  jobId: string | null;
  problems: readonly Problem[];
  /** The first 64 KiB of the body. */
  body: Uint8Array;
  bodyBytes: number;
  bodySha256: string;
  messageId: string | null;
}

/** Keeps dead letters; answers how many were new. */
export async function recordDeadLetters(db: Queryable, letters: readonly DeadLetter[]): Promise<number> {
  const { rowCount } = await db.query({
    name: "record-dead-letters",
    text: `INSERT INTO dead_letters (dedup_key, subject, job_id, problems, body, body_bytes, body_sha256, message_id)
           SELECT dedup_key, subject, job_id, problems::jsonb, decode(body, 'base64'), body_bytes, body_sha256, message_id
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[])
               AS i(dedup_key, subject, job_id, problems, body, body_bytes, body_sha256, message_id)
            ORDER BY dedup_key
           ON CONFLICT (dedup_key) DO NOTHING`,
    values: [
      letters.map((letter) => letter.dedupKey),
      letters.map((letter) => letter.subject),
      letters.map((letter) => letter.jobId),
      letters.map((letter) => JSON.stringify(letter.problems)),
      letters.map((letter) => Buffer.from(letter.body).toString("base64")),
      letters.map((letter) => letter.bodyBytes),
      letters.map((letter) => letter.bodySha256),
      letters.map((letter) => letter.messageId),
    ],
  });
  return rowCount ?? 0;
}
