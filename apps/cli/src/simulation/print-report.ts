import type { Report } from "@hodei/simulation";
import { formatDuration, printLine, printTable } from "../print.ts";

/** A simulation for people: first how it went, then where, then what went wrong. */
export function printReport(report: Report, tookMs: number): void {
  const { jobs, time, most_waiting, most_running } = report;
  const providers = report.by_group.reduce((sum, group) => sum + group.providers, 0);
  printLine(
    `${count(jobs.submitted)} jobs on ${count(providers)} providers: ${span(time.last_end_seconds)}, simulated in ${formatDuration(tookMs)}`,
  );
  printLine(
    `${count(jobs.succeeded)} succeeded, ${count(jobs.failed)} failed, ${count(jobs.timed_out)} timed out, ${count(jobs.never_placed)} were never placed`,
  );
  printLine(
    `${count(report.attempts)} attempts: ${count(report.failovers)} moved elsewhere, ${count(report.retries)} were repeated; ${count(report.outages)} outages`,
  );
  printLine(
    `at most ${count(most_waiting)} waited and ${count(most_running)} ran; utilisation ${share(report.utilisation)}`,
  );
  printWaits(report);
  printUsage(report);
  if (report.failures.length > 0) {
    printLine();
    printTable(
      ["FAILURE", "ATTEMPTS", "JOBS ENDED", "CAUSE"],
      report.failures.map((each) => [each.code, count(each.attempts), count(each.jobs_ended), each.cause]),
    );
  }
  if (report.never_placed.length > 0) {
    printLine();
    printTable(
      ["NEVER PLACED", "JOBS", "WHY"],
      report.never_placed.map((each) => [each.class, count(each.jobs), each.why]),
    );
  }
}

function printWaits({ waits, by_priority, fairness }: Report): void {
  const row = (name: string, submitted: number, { p50, p95, p99, max }: Report["waits"], slowdown: string) => [
    name,
    count(submitted),
    ...[p50, p95, p99, max].map(span),
    slowdown,
  ];
  const submitted = by_priority.reduce((sum, each) => sum + each.submitted, 0);
  printLine();
  printTable(
    ["PRIORITY", "JOBS", "WAIT P50", "P95", "P99", "LONGEST", "SLOWDOWN"],
    [
      ...by_priority.map((each) =>
        row(String(each.priority), each.submitted, each.waits, `${each.slowdown.toFixed(2)}×`),
      ),
      row("all", submitted, waits, `fairness ${fairness.toFixed(2)}`),
    ],
  );
}

function printUsage({ by_type, by_region, by_group }: Report): void {
  const kinds = { TYPE: by_type, REGION: by_region, GROUP: by_group };
  for (const [head, usages] of Object.entries(kinds)) {
    printLine();
    printTable(
      [head, "PROVIDERS", "SLOTS", "UTILISATION"],
      usages.map((each) => [each.name, count(each.providers), count(each.slots), share(each.utilisation)]),
    );
  }
}

function span(seconds: number): string {
  if (seconds < 3600) return formatDuration(seconds * 1000);
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} m`;
}

function count(value: number): string {
  return value.toLocaleString("en");
}

function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
