import type { CheckStep, Health } from "../provider.ts";
import { StartError } from "../provider.ts";
import { askEngine } from "./ask-engine.ts";
import { detailOf, dockerFailureCode } from "./classify-error.ts";
import type { EngineConnection } from "./connect.ts";
import { capabilitiesOf, type EngineInfo } from "./engine-capabilities.ts";

/** Faults that only repetition makes certain (design §6). */
const UNCERTAIN: ReadonlySet<string> = new Set(["UNREACHABLE", "PROVIDER_ERROR"]);

/** What dockerode can and its types do not say: a question that can be cut off. */
interface InfoSource {
  info(options: { abortSignal: AbortSignal }): Promise<EngineInfo>;
}

/** Lists containers, which is what workers need first, asks what the engine has, and looks how long the certificates hold. */
export async function checkEngine(connect: () => EngineConnection, signal: AbortSignal): Promise<Health> {
  const steps: CheckStep[] = [];
  const step = async <T>(
    name: string,
    command: string,
    work: () => Promise<T>,
    tell: (answer: T) => string,
  ): Promise<T> => {
    try {
      const answer = await work();
      steps.push({ name, ok: true, detail: tell(answer), command });
      return answer;
    } catch (error) {
      steps.push({ name, ok: false, detail: detailOf(error), command });
      throw error;
    }
  };
  try {
    const connection = connect();
    const { docker, flags, address } = connection;
    let end: Date | undefined;
    if (flags.includes("--tls"))
      end = await step(
        "certificates",
        `openssl s_client -connect ${address.slice("tcp://".length)} </dev/null | openssl x509 -noout -dates`,
        () => connection.certificateEnd(signal),
        (date) => `valid until ${date?.toISOString()}`,
      );
    await step(
      "list containers",
      `docker ${flags} ps`,
      () => askEngine((abortSignal) => docker.listContainers({ limit: 1, abortSignal }), { signal }),
      () => "answered",
    );
    const info = await step(
      "info",
      `docker ${flags} info`,
      () => askEngine((abortSignal) => (docker as unknown as InfoSource).info({ abortSignal }), { signal }),
      ({ NCPU, MemTotal, Architecture }) => `${NCPU} CPUs, ${MemTotal} bytes of memory, ${Architecture}`,
    );
    const found = { capabilities: capabilitiesOf(info), ...(end && { certificateExpiresAt: end }), steps };
    const missing = missingLimits(info);
    return missing
      ? { state: "degraded", code: "PROVIDER_ERROR", detail: missing, ...found }
      : { state: "healthy", ...found };
  } catch (error) {
    const code = error instanceof StartError ? error.code : dockerFailureCode(error);
    const needsConfirmation = UNCERTAIN.has(code);
    return {
      state: needsConfirmation ? "degraded" : "unhealthy",
      code,
      detail: detailOf(error),
      steps,
      ...(needsConfirmation && { needsConfirmation }),
    };
  }
}

function missingLimits({ MemoryLimit, CpuCfsQuota }: EngineInfo): string | undefined {
  const missing = [MemoryLimit === false && "memory", CpuCfsQuota === false && "CPU"].filter(Boolean);
  return missing.length > 0
    ? `the engine's kernel cannot limit the ${missing.join(" and the ")} of a container; enable its cgroup controller`
    : undefined;
}
