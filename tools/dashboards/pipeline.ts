import type { Dashboard } from "./dashboard.ts";
import { quantile, rate } from "./promql.ts";

const SERVICES = 'job=~"registry|selector|health|provisioner"';

export const pipeline: Dashboard = {
  uid: "hodei-pipeline",
  title: "Pipeline",
  description: "Messages, batches and statements: what the services themselves cost",
  traces: '{ resource.service.name =~ "hodei-.*" && kind = consumer }',
  panels: [
    {
      kind: "timeseries",
      title: "Consumer lag",
      description:
        "Messages that wait or are not acknowledged yet. One that only grows has no consumer: see `hodei status`.",
      unit: "none",
      queries: [{ expr: "max by (consumer) (hodei_bus_pending)", legend: "{{consumer}}" }],
    },
    {
      kind: "timeseries",
      title: "Messages handled",
      description: "Messages a second by consumer",
      unit: "ops",
      queries: [{ expr: rate("hodei_batch_messages_sum", ["consumer"]), legend: "{{consumer}}" }],
    },
    {
      kind: "timeseries",
      title: "Batch size",
      description: "Messages handled at once, p50 and p95. It grows with load by itself, up to 256.",
      unit: "none",
      queries: [0.5, 0.95].map((q) => ({
        expr: quantile(q, "hodei_batch_messages", ["consumer"]),
        legend: `{{consumer}} p${q * 100}`,
      })),
    },
    {
      kind: "timeseries",
      title: "Batch time, p95",
      description: "From a batch handed over to all of it acknowledged",
      unit: "s",
      queries: [{ expr: quantile(0.95, "hodei_batch_duration_seconds", ["consumer"]), legend: "{{consumer}}" }],
    },
    {
      kind: "timeseries",
      title: "Batches that failed",
      description: "They come again by themselves; the log of the service says why",
      unit: "ops",
      queries: [{ expr: rate("hodei_batch_failures_total", ["consumer"]), legend: "{{consumer}}" }],
    },
    {
      kind: "timeseries",
      title: "Statement time, p95",
      description: "Round trip of the ten slowest statements",
      unit: "s",
      queries: [
        {
          expr: `topk(10, ${quantile(0.95, "hodei_database_duration_seconds", ["statement"])})`,
          legend: "{{statement}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Time spent in the database",
      description: "Seconds a second, by statement: how many connections each keeps busy",
      unit: "s",
      stacked: true,
      queries: [
        { expr: `topk(10, ${rate("hodei_database_duration_seconds_sum", ["statement"])})`, legend: "{{statement}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Statements",
      description: "Statements a second, by service",
      unit: "ops",
      queries: [{ expr: rate("hodei_database_duration_seconds_count", ["job"]), legend: "{{job}}" }],
    },
    {
      kind: "timeseries",
      title: "CPU",
      description: "Cores that each process uses",
      unit: "none",
      queries: [
        {
          expr: `sum by (job, instance) (rate(process_cpu_seconds_total{${SERVICES}}[$__rate_interval]))`,
          legend: "{{job}} {{instance}}",
        },
      ],
    },
    {
      kind: "timeseries",
      title: "Event loop, p99 between two looks",
      description: "A timer of 50 ms: above 100 ms a process is overloaded or blocked",
      unit: "s",
      queries: [
        {
          expr: `max by (job, instance) (nodejs_eventloop_lag_p99_seconds{${SERVICES}})`,
          legend: "{{job}} {{instance}}",
        },
      ],
      thresholds: { yellow: 0.1, red: 1 },
    },
    {
      kind: "timeseries",
      title: "Memory",
      description: "Resident memory of each process",
      unit: "bytes",
      queries: [
        { expr: `max by (job, instance) (process_resident_memory_bytes{${SERVICES}})`, legend: "{{job}} {{instance}}" },
      ],
    },
    {
      kind: "timeseries",
      title: "Instances",
      description: "Processes of each service that answer",
      unit: "none",
      queries: [{ expr: "count by (service) (hodei_service_info)", legend: "{{service}}" }],
    },
  ],
};
