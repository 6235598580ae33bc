const TIME = "2026-01-31T02:00:00Z";
/** Ids stay recognisable: the first one seen is the first here, and the same one always the same. */
const UUIDS = ["5b0c9f3e-6f0e-4a57-9f1d-1d6a2c9f7c11", "0d9c7c52-2b1e-4d0a-8f5e-6a3f0b8e4c22"];
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** What a process is known by: pid, start time, boot. */
const PROCESS = /^\d+:\d+:[0-9a-f-]{36}$/;
const TRACE_ID = /^[0-9a-f]{32}$/;
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-/;
const DISCOVERED = { cpu: "8000m", memory: 17_179_869_184 };

/** What differs from run to run (ids, times, how long it took), made the same, so that the rest can be compared. */
export function normalised(value: unknown): unknown {
  const uuids = new Map<string, string>();
  const uuid = (found: string) => {
    const known =
      uuids.get(found) ?? UUIDS[uuids.size] ?? `00000000-0000-4000-8000-${String(uuids.size).padStart(12, "0")}`;
    uuids.set(found, known);
    return known;
  };
  const text = (found: string) =>
    found
      .replace(PROCESS, "4242:1377251:b7f5d3c1-0a4e-4c59-8a35-52d3a1c0e9f2")
      .replace(TRACE_ID, "0af7651916cd43dd8448eb211c80319c")
      .replace(TRACEPARENT, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-")
      .replaceAll(/nightly-42-r\w+/g, "nightly-42-rmhqz3k9c")
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, TIME)
      .replaceAll(UUID, uuid)
      .replaceAll(/hodei_[\w-]{20,}/g, "hodei_0000000000000000000000000000000000000000000");
  const walk = (part: unknown, key = ""): unknown => {
    if (typeof part === "string") return text(part);
    if (key === "latencyMs") return 12;
    if (key === "throughput") return { startedPerMinute: 12, finishedPerMinute: 11 };
    if (Array.isArray(part)) return part.map((each) => walk(each));
    if (typeof part !== "object" || part === null) return part;
    // What this machine has.
    if ("per_worker" in part) return { total: DISCOVERED, per_worker: DISCOVERED, architecture: "amd64" };
    // Whether the start of a short command is reported before its end is chance.
    const kept = Object.entries(part).filter(([name]) => name !== "startingAt");
    return Object.fromEntries(kept.map(([name, each]) => [text(name), walk(each, name)]));
  };
  return walk(value);
}
