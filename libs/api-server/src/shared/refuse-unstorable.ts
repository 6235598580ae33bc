import type { DescMessage } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Interceptor } from "@connectrpc/connect";
import type { Problem } from "@hodei/contracts";
import { invalid } from "./refuse.ts";

/** Messages with rules of their own for what stands in them. */
const JUDGED_ELSEWHERE = new Set(["hodei.v1.JobSpec", "google.protobuf.Struct", "google.protobuf.Value"]);

/** PostgreSQL keeps no NUL and UTF-8 no half of a surrogate pair, so nothing has such a name: each is refused by its path. */
export function refuseUnstorable(): Interceptor {
  return (next) => async (request) => {
    const { input } = request.method;
    if (!request.stream) {
      check(input, request.message);
      return await next(request);
    }
    return await next({ ...request, message: checked(input, request.message) } as typeof request);
  };
}

async function* checked<M extends object>(input: DescMessage, messages: AsyncIterable<M>): AsyncGenerator<M> {
  for await (const message of messages) {
    check(input, message);
    yield message;
  }
}

function check(input: DescMessage, message: object): void {
  const problems = problemsIn(reflect(input, message as Parameters<typeof reflect>[1]), "");
  if (problems.length > 0) throw invalid(problems);
}

function problemsIn(message: ReflectMessage, prefix: string): Problem[] {
  if (JUDGED_ELSEWHERE.has(message.desc.typeName)) return [];
  return message.fields.flatMap((field) => {
    const path = prefix + field.name;
    if (!message.isSet(field)) return [];
    const value: unknown = message.get(field);
    if (field.fieldKind === "list" || field.fieldKind === "map")
      return [...(value as Iterable<unknown>)].flatMap((each, i) => problemsOf(each, `${path}[${i}]`));
    return problemsOf(value, path);
  });
}

/** A value, a pair of a map, or a message. */
function problemsOf(value: unknown, path: string): Problem[] {
  if (Array.isArray(value)) return value.flatMap((each) => problemsOf(each, path));
  if (typeof value === "string") return isStorable(value) ? [] : [{ path, message: PROBLEM }];
  return isReflected(value) ? problemsIn(value, `${path}.`) : [];
}

const PROBLEM = "holds a NUL or half of a surrogate pair; write text in Unicode";

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

function isReflected(value: unknown): value is ReflectMessage {
  return typeof value === "object" && value !== null && "desc" in value && "fields" in value;
}
