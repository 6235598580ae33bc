import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";

/** A time of a row as a message has it; nothing for `null`. */
export function timestamp<Field extends string>(
  field: Field,
  date: Date | null | undefined,
): { [Key in Field]?: Timestamp } {
  return (date ? { [field]: timestampFromDate(date) } : {}) as { [Key in Field]?: Timestamp };
}
