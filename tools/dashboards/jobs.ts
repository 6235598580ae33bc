import type { Dashboard } from "./dashboard.ts";
import { quantiles, rate } from "./promql.ts";

export const jobs: Dashboard = {
  uid: "hodei-jobs",
  title: "Jobs",
  description: "Jobs: how many, how long they wait, how they end, and by what they fail",
  traces: '{ name = "process job.submitted" }',
  panels: [
    {
      kind: "stat",
      title: "Waiting",
      description: "Jobs that no provider has room for or fits. `hodei jobs explain JOB` says why.",
      unit: "none",
      queries: [{ expr: 'max(hodei_jobs{state="PENDING"})', legend: "waiting" }],
    },
    {
      kind: "stat",
      title: "Running",
      description: "Jobs whose worker runs",
      unit: "none",
      queries: [{ expr: 'max(hodei_jobs{state="RUNNING"})', legend: "running" }],
    },
    {
      kind: "stat",
      title: "Waits longest",
      description: "Since the submission of the oldest job that waits for a provider",
      unit: "s",
      queries: [{ expr: "max(hodei_jobs_oldest_waiting_seconds)", legend: "oldest" }],
      thresholds: { yellow: 60, red: 600 },
    },
    {
      kind: "stat",
      title: "Succeeded",
      description: "Share of the jobs that ended which succeeded",
      unit: "percentunit",
      queries: [
        {
          expr: 'sum(rate(hodei_jobs_total{state="SUCCEEDED"}[$__rate_interval])) / sum(rate(hodei_jobs_total[$__rate_interval]))',
          legend: "succeeded",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Submitted and ended",
      description: "Jobs a second. Where submitted stays above the rest, work piles up.",
      unit: "ops",
      queries: [
        { expr: rate("hodei_jobs_submitted_total"), legend: "submitted" },
        { expr: rate("hodei_jobs_total", ["state"]), legend: "{{state}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Unfinished jobs by state",
      description: "Counted by the selector that sweeps, every few seconds",
      unit: "none",
      stacked: true,
      queries: [{ expr: "max by (state) (hodei_jobs)", legend: "{{state}}" }],
    },
    {
      kind: "timeseries",
      title: "Wait",
      description: "From submission to the worker running",
      unit: "s",
      queries: quantiles("hodei_job_wait_seconds"),
    },
    {
      kind: "timeseries",
      title: "Failed attempts by code",
      description: "Codes of the failure catalogue (docs/failures.md): whose fault, why, and what to do",
      unit: "ops",
      stacked: true,
      queries: [{ expr: `${rate("hodei_worker_failures_total", ["code"])} > 0`, legend: "{{code}}" }],
    },
    {
      kind: "timeseries",
      title: "Failed attempts by provider type",
      description: "Where attempts fail",
      unit: "ops",
      stacked: true,
      queries: [{ expr: rate("hodei_worker_failures_total", ["provider_type"]), legend: "{{provider_type}}" }],
    },
    {
      kind: "timeseries",
      title: "Refused at the door",
      description:
        "REJECTED jobs and other messages that can never be handled: rows of dead_letters name every problem",
      unit: "ops",
      queries: [{ expr: rate("hodei_dead_letters_total", ["subject"]), legend: "{{subject}}" }],
    },
  ],
};
