import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type CheckProviderResponse, CheckProviderResponseSchema, HealthStateSchema } from "@hodei/api/provider";
import { CheckAnswer, SUBJECTS } from "@hodei/contracts";
import type { ApiContext } from "../context.ts";
import { enumOf } from "../shared/enums.ts";
import { findProvider } from "./read-providers.ts";

/** The slowest check there can be (timeout_seconds at most 300), and one that was under way before it. */
const LONGEST_MS = 640_000;

/** See `ProviderService.CheckProvider`: a health service checks it, from where it reaches it. */
export async function checkProvider({ store, bus }: ApiContext, idOrName: string): Promise<CheckProviderResponse> {
  const provider = await findProvider(store, idOrName);
  for await (const data of bus.request(SUBJECTS.providerCheck, { provider_id: provider.id }, LONGEST_MS)) {
    const answer = CheckAnswer.parse(JSON.parse(Buffer.from(data).toString("utf8")));
    if (answer.event === "refused") throw new ConnectError(answer.reason, Code.FailedPrecondition);
    if (answer.event === "checked")
      return create(CheckProviderResponseSchema, {
        health: {
          state: enumOf(HealthStateSchema, answer.health),
          code: answer.code ?? "",
          cause: answer.cause ?? "",
          fix: answer.fix ?? "",
          detail: answer.detail ?? "",
          latencyMs: answer.latency_ms ?? 0,
        },
        steps: answer.steps.map(({ name, ok, detail = "", command = "" }) => ({ name, ok, detail, command })),
      });
  }
  throw new ConnectError(
    "no health service answers; start one, or see why it stopped: hodei logs health",
    Code.Unavailable,
  );
}
