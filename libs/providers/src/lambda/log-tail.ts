/** What Lambda itself says of an invocation, in the last line of its log. */
export interface Report {
  durationMs: number;
  billedMs: number;
  memoryMb: number;
  usedMb: number;
}

/** The last 4 KB of an invocation's log, taken apart. */
export interface LogTail {
  /** What the function wrote. */
  text: string;
  report?: Report;
  /** The function's own start failed: its code could not be loaded. */
  initFailed: boolean;
}

const PLATFORM_LINE = /^(START RequestId: |END RequestId: |REPORT RequestId: |INIT_START |INIT_REPORT |XRAY TraceId: )/;
const FAILED_INIT = /^INIT_REPORT .*Status: (error|timeout)/;

/** Reads `x-amz-log-result`. Lambda's own lines are text, or JSON where the function's log format is JSON. Pure. */
export function readLogTail(base64: string | undefined): LogTail {
  const lines = Buffer.from(base64 ?? "", "base64")
    .toString("utf8")
    .split("\n");
  const own: string[] = [];
  let report: Report | undefined;
  let initFailed = false;
  for (const line of lines) {
    const event = platformEvent(line);
    report = reportOf(line) ?? event?.report ?? report;
    initFailed ||= FAILED_INIT.test(line) || event?.initFailed === true;
    if (!event && !PLATFORM_LINE.test(line)) own.push(line);
  }
  return { text: own.join("\n"), initFailed, ...(report && { report }) };
}

/** `AWS request 8f5… took 102 ms, billed 103 ms, used 64 of 128 MB` */
export function formatReport(requestId: string | undefined, report: Report | undefined): string {
  const request = `AWS request ${requestId ?? "without an id"}`;
  if (!report) return `${request}: AWS reported neither its duration nor its memory`;
  const { durationMs, billedMs, usedMb, memoryMb } = report;
  return `${request} took ${durationMs} ms, billed ${billedMs} ms, used ${usedMb} of ${memoryMb} MB`;
}

function reportOf(line: string): Report | undefined {
  if (!line.startsWith("REPORT RequestId: ")) return undefined;
  const number = (what: RegExp) => Number(what.exec(line)?.[1] ?? 0);
  return {
    durationMs: number(/\tDuration: ([\d.]+) ms/),
    billedMs: number(/\tBilled Duration: ([\d.]+) ms/),
    memoryMb: number(/\tMemory Size: (\d+) MB/),
    usedMb: number(/\tMax Memory Used: (\d+) MB/),
  };
}

interface PlatformEvent {
  report?: Report;
  initFailed?: boolean;
}

/** `{"time":…,"type":"platform.report","record":{"metrics":{…}}}` */
function platformEvent(line: string): PlatformEvent | undefined {
  if (!line.startsWith("{") || !line.includes('"platform.')) return undefined;
  try {
    const { type, record } = JSON.parse(line) as {
      type?: string;
      record?: { status?: string; metrics?: Record<string, number> };
    };
    if (!type?.startsWith("platform.")) return undefined;
    if (type === "platform.initReport")
      return { initFailed: record?.status === "error" || record?.status === "timeout" };
    const metrics = record?.metrics;
    if (type !== "platform.report" || !metrics) return {};
    return {
      report: {
        durationMs: metrics["durationMs"] ?? 0,
        billedMs: metrics["billedDurationMs"] ?? 0,
        memoryMb: metrics["memorySizeMB"] ?? 0,
        usedMb: metrics["maxMemoryUsedMB"] ?? 0,
      },
    };
  } catch {
    // A line of the function that only looks like one of Lambda's.
    return undefined;
  }
}
