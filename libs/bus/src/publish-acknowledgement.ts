export type Acknowledgement =
  /** `sequence`: where the stream has it. */
  | { ok: true; sequence: number }
  /** `final`: trying again cannot help. `missingStream`: nobody takes the subject at the moment. */
  | { ok: false; reason: string; final: boolean; missingStream: boolean };

/** Codes of the server that mean: this message, never. Body too large, headers too large, another stream expected. */
const FINAL_CODES: ReadonlySet<number> = new Set([10_054, 10_097, 10_060]);

/** Picked out instead of parsed: one of these is read for every message published. */
const SEQUENCE = /"seq": ?(\d+)/;

/** What JetStream answered to a publish. A duplicate is an acknowledgement: the stream has it. */
export function readAcknowledgement(data: Uint8Array, statusCode: number | undefined): Acknowledgement {
  if (statusCode === 503) return { ok: false, reason: "no stream takes it", final: false, missingStream: true };
  if (data.length === 0)
    return { ok: false, reason: `the server answered ${statusCode ?? "nothing"}`, final: false, missingStream: false };
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
  const sequence = Number(SEQUENCE.exec(text)?.[1] ?? 0);
  if (!text.includes('"error"')) return { ok: true, sequence };
  const { error } = JSON.parse(text) as { error?: { code?: number; err_code?: number; description?: string } };
  if (!error) return { ok: true, sequence };
  const final = FINAL_CODES.has(error.err_code ?? 0) || error.code === 400;
  return {
    ok: false,
    reason: `${error.description ?? "refused"} (${error.err_code ?? error.code})`,
    final,
    missingStream: false,
  };
}
