import type { Dashboard } from "./dashboard.ts";
import { quantiles, rate } from "./promql.ts";

export const selection: Dashboard = {
  uid: "hodei-selection",
  title: "Selection",
  description: "Placement: how fast decisions are, and why some find nobody",
  traces: '{ name = "hodei.decide" }',
  panels: [
    {
      kind: "stat",
      title: "Classes that wait",
      description:
        "Requirement classes with waiting jobs. Each costs one decision per event, however many jobs it has.",
      unit: "none",
      queries: [{ expr: "max(hodei_waiting_classes)", legend: "classes" }],
    },
    {
      kind: "stat",
      title: "Largest class",
      description: "Waiting jobs with the same requirements, at most",
      unit: "none",
      queries: [{ expr: "max(hodei_waiting_largest_class_jobs)", legend: "jobs" }],
    },
    {
      kind: "stat",
      title: "Selection, p99",
      description: "From a batch of submissions read to its reservations durable",
      unit: "s",
      queries: [
        {
          expr: "histogram_quantile(0.99, sum by (le) (rate(hodei_selection_duration_seconds_bucket[$__rate_interval])))",
          legend: "p99",
        },
      ],
      thresholds: { yellow: 0.5, red: 2 },
    },
    {
      kind: "stat",
      title: "Failures in an hour",
      description: "Decisions that found no provider",
      unit: "none",
      queries: [{ expr: "sum(increase(hodei_provider_selection_failures_total[1h]))", legend: "failures" }],
    },
    {
      kind: "timeseries",
      title: "Selection time",
      description: "A batch of up to 256 submissions: read, decided in memory, reserved in one statement",
      unit: "s",
      queries: quantiles("hodei_selection_duration_seconds"),
    },
    {
      kind: "timeseries",
      title: "Failures by reason",
      description:
        "Decisions that found nobody, by the rule that the nearest miss failed. `hodei jobs explain JOB` shows both sides.",
      unit: "ops",
      stacked: true,
      queries: [{ expr: rate("hodei_provider_selection_failures_total", ["reason"]), legend: "{{reason}}" }],
    },
    {
      kind: "timeseries",
      title: "Waiting jobs and their classes",
      description: "Many jobs in few classes are cheap; as many classes as jobs are not",
      unit: "none",
      queries: [
        { expr: 'max(hodei_jobs{state="PENDING"})', legend: "jobs" },
        { expr: "max(hodei_waiting_classes)", legend: "classes" },
        { expr: "max(hodei_waiting_largest_class_jobs)", legend: "jobs of the largest class" },
      ],
    },
    {
      kind: "timeseries",
      title: "Jobs per decision batch",
      description: "Submissions that one round trip to the database settles",
      unit: "none",
      queries: [
        {
          expr: `${rate("hodei_jobs_submitted_total")} / ${rate("hodei_selection_duration_seconds_count")}`,
          legend: "jobs",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Drift repaired",
      description: "Counters that somebody changed from outside, set back to the ledger",
      unit: "none",
      queries: [{ expr: "sum(increase(hodei_ledger_repairs_total[$__rate_interval]))", legend: "repaired" }],
    },
  ],
};
