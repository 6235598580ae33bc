import type { Capabilities } from "@hodei/contracts";
import type Docker from "dockerode";
import type { Health } from "../provider.ts";
import { within } from "../within.ts";
import { detailOf, dockerFailureCode } from "./classify-error.ts";
import { CALL_TIMEOUT_MS } from "./connect.ts";

/** Faults that only repetition makes certain (design §6). */
const UNCERTAIN: ReadonlySet<string> = new Set(["UNREACHABLE", "PROVIDER_ERROR"]);
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64", armv7l: "arm" };

/** Lists containers through the socket, which is what workers need first, then asks what the engine has. */
export async function checkEngine(docker: Docker, signal: AbortSignal): Promise<Health> {
  try {
    await within(docker.listContainers({ limit: 1 }), CALL_TIMEOUT_MS, signal);
    const info = (await within(docker.info(), CALL_TIMEOUT_MS, signal)) as {
      NCPU?: number;
      MemTotal?: number;
      Architecture?: string;
    };
    return { state: "healthy", capabilities: capabilitiesOf(info) };
  } catch (error) {
    const code = dockerFailureCode(error);
    const needsConfirmation = UNCERTAIN.has(code);
    return {
      state: needsConfirmation ? "degraded" : "unhealthy",
      code,
      detail: detailOf(error),
      ...(needsConfirmation && { needsConfirmation }),
    };
  }
}

function capabilitiesOf(info: { NCPU?: number; MemTotal?: number; Architecture?: string }): Capabilities {
  const all = {
    ...(info.NCPU !== undefined && { cpuMillis: info.NCPU * 1000 }),
    ...(info.MemTotal !== undefined && { memoryBytes: info.MemTotal }),
  };
  const architecture = info.Architecture && (ARCHITECTURES[info.Architecture] ?? info.Architecture);
  return { ...(architecture && { architecture }), perWorker: all, total: all };
}
