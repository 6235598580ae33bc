/** Something seen that is no failure of a worker: a setting, a placement or a schema that is not as somebody meant it. */
export interface Advice {
  /** What a person would say, in the words they search for. */
  symptoms: readonly string[];
  cause: string;
  fix: string;
  /** What shows whether it is this. */
  look: string;
}

/** What `hodei doctor` says about settings, placement, health and schema: by symptom. Failures of workers and checks stand in `CATALOGUE`. */
export const ADVICE = {
  JSON_SYNTAX: {
    symptoms: ["JSON syntax error", "trailing comma", "invalid input syntax for type json"],
    cause: "the configuration is not JSON: most often a comma after the last entry, a missing quote, or a comment",
    fix: "remove the trailing comma at the line and column that the error names; check the text with: jq . FILE",
    look: "hodei providers add -f FILE",
  },
  PROVIDER_TYPE: {
    symptoms: ["Invalid provider_type", 'provider_type "Docker"'],
    cause: "provider_type is not one of the known types, which are written in lowercase",
    fix: "write docker, kubernetes, lambda or process, in lowercase, and the same in config.type; a type of a plug-in needs its package in HODEI_PLUGINS",
    look: "SELECT name, provider_type, config_errors FROM provider_configs",
  },
  MISSING_FIELDS: {
    symptoms: ["Missing required fields", "is missing"],
    cause: "the configuration lacks fields that its provider type requires",
    fix: "add each required field that config_errors names by its path",
    look: "hodei providers get NAME",
  },
  CONNECTION_STRING: {
    symptoms: ["Connection string error", "password authentication failed", "Invalid URL"],
    cause: "an endpoint or its credentials are not right: of a provider, or in HODEI_DATABASE_URL or HODEI_NATS_URL",
    fix: "verify the endpoint (scheme, host, port) and the credentials; write them as references, env:NAME or file:/path",
    look: "hodei status",
  },
  PROVIDER_NOT_LISTED: {
    symptoms: ["Provider doesn't appear in list_providers", "Provider shows as inactive despite configuration"],
    cause: "the row is not there, its status is not ACTIVE, or its configuration was refused",
    fix: "check the row, then its config_errors and status_reason; enable it with: hodei providers enable NAME",
    look: "SELECT name, status, status_reason, config_errors FROM provider_configs",
  },
  NOT_AVAILABLE: {
    symptoms: ["Provider not showing as available", "Jobs not being scheduled to provider"],
    cause:
      "its status is not ACTIVE, it is unhealthy, it runs max_workers already, or its region or labels do not match the job's",
    fix: "set status to ACTIVE, mend what the health check names, raise max_workers, or change the region or labels",
    look: "hodei jobs explain JOB",
  },
  STATUS_DEGRADED: {
    symptoms: ["Degraded", "Partial functionality"],
    cause: "the provider takes work, but something is missing: a permission, resources, or speed",
    fix: "check its permissions and its resources; the last health check says which",
    look: "hodei providers check NAME",
  },
  STATUS_UNHEALTHY: {
    symptoms: ["Unhealthy", "UNHEALTHY", "Cannot accept work"],
    cause: "the provider takes no work: its health checks fail",
    fix: "mend its connectivity or credentials as the last health check says; it comes back by itself after good checks",
    look: "hodei providers check NAME",
  },
  STUCK_PROVISIONING: {
    symptoms: ["Jobs stuck in Provisioning state", "Error messages about worker creation"],
    cause: "the provider has not started the worker yet: it pulls the image, waits for resources, or refuses",
    fix: "check the provider's capacity, its resources and its own events; after provisioning_timeout_seconds the job moves on",
    look: "hodei jobs explain JOB",
  },
  NO_WORKERS_CREATED: {
    symptoms: ["Provider shows healthy but no workers created"],
    cause: "nothing is placed there: max_workers is reached or 0, or other providers rank higher",
    fix: "compare active_workers with max_workers, and priority with that of the others",
    look: "SELECT name, priority, max_workers, active_workers FROM provider_configs",
  },
  LABEL_CASE: {
    symptoms: ["Labels not matching", "Labels are case-sensitive"],
    cause: "labels and annotations match by the exact key and the exact value, and case counts",
    fix: "write the key and the value on both sides alike, letter for letter",
    look: "SELECT name, required_labels, annotations FROM provider_configs WHERE status = 'ACTIVE'",
  },
  LABEL_SPACES: {
    symptoms: ["trailing spaces in values"],
    cause: "a label or annotation has a space at its start or end; nothing is trimmed",
    fix: "remove the spaces around the key and the value",
    look: "hodei jobs explain JOB",
  },
  LABEL_DOUBLE_EQUALS: {
    symptoms: ["==", "--label key==value"],
    cause: "a label was written with ==",
    fix: "write key=value, with one =",
    look: "hodei run --label key=value -- COMMAND",
  },
  REGIONS_APART: {
    symptoms: ["Regions not overlapping", "Jobs pending with no available providers"],
    cause: "the allowed_regions of the job and of every provider that is left have no region in common",
    fix: "add a region that both lists name, or leave one list empty: an empty list of a provider means any region, of a job no restriction",
    look: "SELECT name, preferred_region, allowed_regions FROM provider_configs WHERE status = 'ACTIVE'",
  },
  NOT_SELECTED: {
    symptoms: ["Provider not selected despite appearing eligible"],
    cause: "a rule refused it, or another provider ranked higher",
    fix: "read the rules it failed, with both sides of each; HODEI_LOG_LEVEL=info,selector=debug logs them for every decision",
    look: "hodei jobs explain JOB",
  },
  HEALTH_CHECK_SLOW: {
    symptoms: ["Slow health checks", "Provider occasionally shows as degraded", "Health check timeout errors in logs"],
    cause: "the provider answers near or beyond timeout_seconds of its health check (5 by default)",
    fix: 'give it more time: config || \'{"health_check_config": {"timeout_seconds": 10, "interval_seconds": 30}}\'',
    look: "hodei_health_check_duration_seconds",
  },
  SELECTION_SLOW: {
    symptoms: ["High latency in provider selection", "Job scheduling takes several seconds"],
    cause: "the database answers slowly: an index is missing or its statistics are old",
    fix: "run the migrations, which bring the indexes on the columns that are queried, then ANALYZE provider_configs",
    look: "EXPLAIN ANALYZE SELECT * FROM provider_configs WHERE status = 'ACTIVE'",
  },
  COLUMN_EXISTS: {
    symptoms: ['column "preferred_region" already exists'],
    cause: "a column was added by hand or by a migration that cannot run twice",
    fix: "write ADD COLUMN IF NOT EXISTS; Hodei's own migrations do, and can be run again",
    look: "SELECT * FROM migrations ORDER BY applied_at DESC",
  },
  MIGRATION_MISSING: {
    symptoms: ["Missing columns after migration", "column does not exist", "relation does not exist"],
    cause: "a migration has not run against this database",
    fix: "run: hodei migrate, or the one file again: psql -f migrations/core/20260201140000_add_provider_filtering_columns.sql",
    look: "SELECT * FROM migrations ORDER BY applied_at DESC",
  },
} as const satisfies Readonly<Record<string, Advice>>;

/** Names a piece of advice. */
export type AdviceKey = keyof typeof ADVICE;
