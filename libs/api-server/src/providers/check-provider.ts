import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type CheckProviderResponse, CheckProviderResponseSchema, HealthStateSchema } from "@hodei/api/provider";
import type { ApiContext } from "../context.ts";
import { enumOf } from "../shared/enums.ts";
import { askCheck } from "./ask-check.ts";
import { findProvider } from "./read-providers.ts";

/** See `ProviderService.CheckProvider`: a health service checks it, from where it reaches it. */
export async function checkProvider({ store, bus }: ApiContext, idOrName: string): Promise<CheckProviderResponse> {
  const provider = await findProvider(store, idOrName);
  for await (const answer of askCheck(bus, provider.id)) {
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
  throw new ConnectError(`the check of ${provider.name} was begun and not ended; try again`, Code.Unavailable);
}
