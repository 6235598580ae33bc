import type { CheckAnswer } from "@hodei/contracts";
import colors from "picocolors";
import { connectBus, connectStore } from "../connect.ts";
import { colorState, printJson, printLine, say } from "../print.ts";
import { askCheck } from "./ask-check.ts";
import { findProvider } from "./provider-rows.ts";

/** `providers check`: the health service checks it now; each step is shown. Ends with 1 when it is unhealthy. */
export async function checkProvider(name: string, { json }: { json?: boolean } = {}): Promise<void> {
  await using store = await connectStore();
  const provider = await findProvider(store, name);
  await using bus = await connectBus();
  for await (const answer of askCheck(bus, provider.id)) {
    if (answer.event === "checked" && answer.health === "unhealthy") process.exitCode = 1;
    if (!json) printAnswer(provider.name, answer);
    else if (answer.event === "checked") printJson({ provider: provider.name, ...answer });
  }
}

/** What the health service said, for people. */
function printAnswer(name: string, answer: CheckAnswer): void {
  if (answer.event === "begun") say(`${answer.instance} checks ${name}, for at most ${answer.timeout_seconds} s …`);
  if (answer.event !== "checked") return;
  for (const { name: step, ok, detail, command } of answer.steps) {
    printLine(`  ${ok ? colors.green("✓") : colors.red("✗")} ${step}${detail ? `: ${detail}` : ""}`);
    if (!ok && command) printLine(`    see for yourself: ${command}`);
  }
  const { health, latency_ms: latencyMs, code, cause, detail, fix } = answer;
  const said = [code, cause].filter(Boolean).join(": ");
  printLine(`${name} is ${colorState(health)} (${Math.round(latencyMs ?? 0)} ms)${said ? `: ${said}` : ""}`);
  if (detail) printLine(`  it said: ${detail}`);
  if (fix) printLine(`  fix: ${fix}`);
}
