const EVERYBODY = ["registry", "selector", "health", "provisioner"] as const;
/** A service that has metrics. */
export type MetricOwner = (typeof EVERYBODY)[number];

/** The services that know each metric, and so show it; a test holds the list equal to what is registered. */
export const METRIC_OWNERS: Readonly<Record<string, readonly MetricOwner[]>> = {
  hodei_service_info: EVERYBODY,
  hodei_database_duration_seconds: EVERYBODY,
  // Whoever of them is down, the others still say how much it leaves undone.
  hodei_bus_pending: ["registry", "selector", "provisioner"],
  hodei_batch_messages: ["selector", "provisioner"],
  hodei_batch_duration_seconds: ["selector", "provisioner"],
  hodei_batch_failures_total: ["selector", "provisioner"],
  hodei_provider_health_status: ["selector"],
  hodei_provider_status: ["selector"],
  hodei_provider_info: ["selector"],
  hodei_provider_active_workers: ["selector"],
  hodei_provider_max_workers: ["selector"],
  hodei_placement_decisions_total: ["selector"],
  hodei_provider_selection_failures_total: ["selector"],
  hodei_selection_duration_seconds: ["selector"],
  hodei_jobs_submitted_total: ["registry", "selector"],
  hodei_jobs_total: ["selector"],
  hodei_jobs: ["selector"],
  hodei_jobs_oldest_waiting_seconds: ["selector"],
  hodei_job_wait_seconds: ["selector"],
  hodei_waiting_classes: ["selector"],
  hodei_waiting_largest_class_jobs: ["selector"],
  hodei_worker_failures_total: ["selector"],
  hodei_dead_letters_total: ["selector"],
  hodei_ledger_repairs_total: ["selector"],
  hodei_jobs_archived_total: ["selector"],
  hodei_archive_partitions_dropped_total: ["selector"],
  hodei_reconciled_workers_total: ["provisioner"],
  hodei_worker_start_seconds: ["provisioner"],
  hodei_health_check_duration_seconds: ["health"],
  hodei_provider_certificate_expiry_timestamp_seconds: ["health"],
};
