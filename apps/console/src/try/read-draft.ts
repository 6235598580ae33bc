import { type DescMessage, fromJson, type JsonValue, type MessageShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { Failure } from "../api/failure.ts";

export type Draft<Desc extends DescMessage> =
  | { ok: true; message: MessageShape<Desc> }
  | { ok: false; failure: Failure };

/** A text that a person edits, as a message; what is wrong with it in words where it is none. */
export function readDraft<Desc extends DescMessage>(schema: Desc, text: string): Draft<Desc> {
  try {
    return { ok: true, message: fromJson(schema, JSON.parse(text) as JsonValue) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const sentence = error instanceof SyntaxError ? `This is not JSON yet: ${said}` : withoutTypeName(said);
    return { ok: false, failure: { code: Code.InvalidArgument, sentence, violations: [] } };
  }
}

/** `cannot decode field hodei.v1.JobSpec.command from JSON: …` without where the message is defined. */
function withoutTypeName(said: string): string {
  return said.replace(/\bhodei\.v1\.(\w+\.)?/g, "");
}
