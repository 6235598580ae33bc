import { type DescMessage, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { hostileRequest } from "./hostile-request.ts";

const WIRE_TYPES = [WireType.Varint, WireType.Bit64, WireType.LengthDelimited, WireType.Bit32] as const;
const DEEP = 3_000;

/** Bytes for a message: some of them it, most of them nearly. */
export function hostileBytes(message: DescMessage): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 2 },
    { arbitrary: encoded(message), weight: 4 },
    { arbitrary: spoilt(message), weight: 4 },
    { arbitrary: wrongTypes(message), weight: 3 },
    { arbitrary: fc.constantFrom(...deep(message)), weight: 1 },
  );
}

/** A message of the right shape, never of good will. */
function encoded(message: DescMessage): fc.Arbitrary<Uint8Array> {
  return hostileRequest(message).map((json) => {
    try {
      return toBinary(message, fromJson(message, json as JsonValue, { ignoreUnknownFields: true }));
    } catch {
      // JSON of a wrong type has no bytes.
      return new Uint8Array([0xff]);
    }
  });
}

/** Cut off, written over, or twice. */
function spoilt(message: DescMessage): fc.Arbitrary<Uint8Array> {
  return fc.tuple(encoded(message), fc.nat(), fc.nat(255), fc.nat(2)).map(([bytes, at, value, how]) => {
    const place = at % (bytes.length + 1);
    if (how === 0) return bytes.slice(0, place);
    if (how === 1 || bytes.length === 0) return Buffer.concat([bytes, bytes]);
    return bytes.with(Math.min(place, bytes.length - 1), value);
  });
}

/** Fields that there are, each as something else than it is; and enums with numbers that nobody gave. */
function wrongTypes(message: DescMessage): fc.Arbitrary<Uint8Array> {
  const numbers = message.fields.map(({ number }) => number);
  const field = fc.tuple(fc.constantFrom(...numbers, 1, 99_999), fc.constantFrom(...WIRE_TYPES), fc.nat());
  return fc.array(field, { minLength: 1, maxLength: 6 }).map((fields) => {
    const writer = new BinaryWriter();
    for (const [number, type, value] of fields) {
      writer.tag(number, type);
      if (type === WireType.Varint) writer.int64(-value);
      else if (type === WireType.Bit64) writer.fixed64(value);
      else if (type === WireType.Bit32) writer.fixed32(value);
      else writer.bytes(new Uint8Array(value % 50).fill(value));
    }
    return writer.finish();
  });
}

/** Messages in messages, and groups in groups, deeper than anybody needs. */
function deep(message: DescMessage): Uint8Array[] {
  const numbers = new Set([1, ...message.fields.map(({ number }) => number)]);
  return [...numbers].flatMap((number) => {
    let nested = new Uint8Array();
    for (let depth = 0; depth < DEEP; depth += 1)
      nested = new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(nested).finish();
    const groups = new BinaryWriter();
    for (let depth = 0; depth < DEEP; depth += 1) groups.tag(number, WireType.StartGroup);
    return [nested, groups.finish()];
  });
}
