import type { Capabilities } from "@hodei/contracts";

/** What of `GET /info` says what an engine has. Source: Docker Engine API 1.41 to 1.50, "SystemInfo". */
export interface EngineInfo {
  NCPU?: number;
  MemTotal?: number;
  Architecture?: string;
  Runtimes?: Record<string, unknown>;
  GenericResources?: readonly {
    NamedResourceSpec?: { Kind?: string };
    DiscreteResourceSpec?: { Kind?: string; Value?: number };
  }[];
  /** Since 1.50: devices of the Container Device Interface. */
  DiscoveredDevices?: readonly { Source?: string; ID?: string }[];
  /** False where the kernel cannot hold containers to a limit. */
  MemoryLimit?: boolean;
  CpuCfsQuota?: boolean;
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  arm64: "arm64",
  armv7l: "arm",
  i686: "386",
};

/** The engine's architecture as images name it: `amd64`, `arm64` … */
function architectureOf({ Architecture }: EngineInfo): string | undefined {
  return Architecture && (ARCHITECTURES[Architecture] ?? Architecture);
}

/** One worker may have all the engine has, and so may all of them together. Pure. */
export function capabilitiesOf(info: EngineInfo): Capabilities {
  const architecture = architectureOf(info);
  const gpu = gpusOf(info);
  const all = {
    ...(info.NCPU !== undefined && { cpuMillis: info.NCPU * 1000 }),
    ...(info.MemTotal !== undefined && { memoryBytes: info.MemTotal }),
    ...(gpu > 0 && { gpu }),
  };
  return { ...(architecture && { architecture }), perWorker: all, total: all };
}

/**
 * GPUs by what the engine tells: generic resources that an operator counted, CDI devices (each GPU stands there by its index, and again by its
 * UUID and as `all`), else the nvidia runtime, which says only that there is one at least.
 */
function gpusOf(info: EngineInfo): number {
  const counted = (info.GenericResources ?? []).reduce((sum, { NamedResourceSpec, DiscreteResourceSpec }) => {
    if (/gpu/i.test(NamedResourceSpec?.Kind ?? "")) return sum + 1;
    return /gpu/i.test(DiscreteResourceSpec?.Kind ?? "") ? sum + (DiscreteResourceSpec?.Value ?? 0) : sum;
  }, 0);
  if (counted > 0) return counted;
  const devices = new Set(
    (info.DiscoveredDevices ?? []).map(({ ID }) => ID).filter((id) => /\/gpu=\d+$/.test(id ?? "")),
  );
  if (devices.size > 0) return devices.size;
  return info.Runtimes && Object.hasOwn(info.Runtimes, "nvidia") ? 1 : 0;
}
