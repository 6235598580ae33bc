import type { CheckProviderResponse } from "@hodei/api/provider";
import colors from "picocolors";
import { openApi } from "../api/open-api.ts";
import { colorState, printJson, printLine } from "../print.ts";
import { startProgress } from "../progress.ts";
import type { ServerOptions } from "../server-options.ts";
import { healthOf } from "./provider-fields.ts";

/** `hodei providers check`: the health service checks it now; each step is shown. Ends with 1 when it is unhealthy. */
export async function checkProvider(
  name: string,
  { json, ...server }: ServerOptions & { json?: boolean },
): Promise<void> {
  using progress = startProgress(`${name} is checked`);
  await using api = await openApi(server);
  const answer = await api.providers.checkProvider({ providerId: name });
  progress.stop();
  if (healthOf(answer.health) === "unhealthy") process.exitCode = 1;
  if (json) printJson(answerFields(name, answer));
  else printAnswer(name, answer);
}

function answerFields(name: string, { health, steps }: CheckProviderResponse) {
  return {
    provider: name,
    health: healthOf(health),
    code: health?.code || null,
    cause: health?.cause || null,
    fix: health?.fix || null,
    detail: health?.detail || null,
    latency_ms: health?.latencyMs ?? 0,
    steps: steps.map(({ name: step, ok, detail, command }) => ({ name: step, ok, detail, command })),
  };
}

function printAnswer(name: string, { health, steps }: CheckProviderResponse): void {
  for (const { name: step, ok, detail, command } of steps) {
    printLine(`  ${ok ? colors.green("✓") : colors.red("✗")} ${step}${detail ? `: ${detail}` : ""}`);
    if (!ok && command) printLine(`    see for yourself: ${command}`);
  }
  const said = [health?.code, health?.cause].filter(Boolean).join(": ");
  const took = `${Math.round(health?.latencyMs ?? 0)} ms`;
  printLine(`${name} is ${colorState(healthOf(health))} (${took})${said ? `: ${said}` : ""}`);
  if (health?.detail) printLine(`  it said: ${health.detail}`);
  if (health?.fix) printLine(`  fix: ${health.fix}`);
}
