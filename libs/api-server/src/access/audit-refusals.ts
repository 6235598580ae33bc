import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { type Caller, recordAudit, type Store } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";
import { principalKey } from "./principal.ts";
import type { GuardedCall } from "./required-roles.ts";

/** Writes down a change that was refused. Beside the call: its answer is the same, and comes, when the line cannot be written. */
export type RecordRefusal = (caller: Caller, method: DescMethod, error: ConnectError, target?: string) => void;

export function makeRecordRefusal(store: Store, logger: Logger): RecordRefusal {
  return (caller, method, error, target = "") => {
    recordAudit(store.pool, caller, {
      action: `call ${method.name}`,
      target,
      result: Code[error.code] ?? "Unknown",
      message: error.rawMessage,
    }).catch((cause: unknown) => logger.warn({ err: cause }, "a refused change could not be written to audit_log"));
  };
}

/** What changes something and fails is in the audit log as well; what succeeds is written in the transaction of the change. */
export function auditRefusals(calls: ReadonlyMap<string, GuardedCall>, record: RecordRefusal): Interceptor {
  const changing = new Set(
    [...calls.values()].filter(({ role }) => role && role !== "viewer").map(({ method }) => method),
  );
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      const caller = request.contextValues.get(principalKey);
      if (caller && changing.has(request.method))
        record(caller, request.method, ConnectError.from(error), request.stream ? "" : targetOf(request.message));
      throw error;
    }
  };
}

/** What a request is about: the field that names a provider, a job or a token. */
function targetOf(message: object): string {
  const fields = message as Record<string, unknown>;
  const inner = { ...(fields["config"] as object | undefined), ...(fields["spec"] as object | undefined) };
  const named = [
    fields["providerId"],
    fields["jobId"],
    fields["tokenId"],
    fields["name"],
    ...["jobId", "name"].map((key) => (inner as Record<string, unknown>)[key]),
  ];
  return named.find((each): each is string => typeof each === "string" && each !== "") ?? "";
}
