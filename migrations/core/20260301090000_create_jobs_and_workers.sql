-- Jobs, the ledger of their workers, why they were placed as they were, and what could not be handled.
BEGIN;

CREATE TABLE IF NOT EXISTS jobs (
  id text PRIMARY KEY CHECK (length(id) <= 50 AND id ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
  name text,
  state text NOT NULL CHECK (state IN ('PENDING', 'PROVISIONING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED')),
  spec jsonb NOT NULL,
  body_sha256 text NOT NULL,
  class_id text NOT NULL,
  priority integer NOT NULL DEFAULT 0,
  attempt integer NOT NULL DEFAULT 0,
  own_failures integer NOT NULL DEFAULT 0,
  infrastructure_failures integer NOT NULL DEFAULT 0,
  excluded_providers uuid[] NOT NULL DEFAULT '{}',
  provider_id uuid,
  provider_name text,
  fleet_version text,
  traceparent text,
  cancel_requested_at timestamptz,
  cancel_reason text,
  not_before timestamptz,
  submitted_at timestamptz NOT NULL DEFAULT now(),
  provisioning_at timestamptz,
  running_at timestamptz,
  finished_at timestamptz,
  exit_code integer,
  failure_code text,
  failure_message text,
  result jsonb
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE jobs IS 'One row per job; written by the selector (the registry may insert a PENDING one).';
COMMENT ON COLUMN jobs.spec IS 'The body as submitted.';
COMMENT ON COLUMN jobs.class_id IS 'Requirement class: jobs with equal requirements and exclusions share one placement decision.';
COMMENT ON COLUMN jobs.attempt IS 'Present or last attempt; 0 = never had a worker. Reports of earlier attempts change nothing.';

CREATE INDEX IF NOT EXISTS jobs_waiting_idx ON jobs (class_id, priority DESC, submitted_at, id) WHERE state = 'PENDING';
CREATE INDEX IF NOT EXISTS jobs_backoff_idx ON jobs (not_before) WHERE state = 'PENDING' AND not_before IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_unfinished_idx ON jobs (state) WHERE state IN ('PENDING', 'PROVISIONING', 'RUNNING');
CREATE INDEX IF NOT EXISTS jobs_submitted_idx ON jobs (submitted_at DESC);
CREATE INDEX IF NOT EXISTS jobs_finished_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS workers (
  job_id text NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  attempt integer NOT NULL,
  name text GENERATED ALWAYS AS ('hodei-' || job_id || '-' || attempt::text) STORED,
  provider_id uuid NOT NULL,
  provider_name text NOT NULL,
  provider_type text NOT NULL,
  state text NOT NULL CHECK (state IN ('REQUESTED', 'STARTING', 'RUNNING', 'EXITED', 'FAILED', 'LOST', 'TERMINATED')),
  class_id text,
  fleet_version text,
  fallback_step text,
  rank_key jsonb,
  cpu_millis bigint NOT NULL DEFAULT 0,
  memory_bytes bigint NOT NULL DEFAULT 0,
  gpu integer NOT NULL DEFAULT 0,
  requested_at timestamptz NOT NULL DEFAULT now(),
  starting_at timestamptz,
  running_at timestamptz,
  finished_at timestamptz,
  start_deadline_at timestamptz,
  run_timeout_seconds integer,
  claimed_by text,
  claim_expires_at timestamptz,
  resource_id text,
  terminate_requested_at timestamptz,
  terminate_reason text,
  exit_code integer,
  failure_code text,
  failure_message text,
  PRIMARY KEY (job_id, attempt)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE workers IS 'The capacity ledger: one row per attempt. REQUESTED, STARTING and RUNNING hold a slot of their provider.';
COMMENT ON COLUMN workers.claimed_by IS 'The provisioner that has it; claimed_by, claim_expires_at and resource_id are the only columns provisioners write.';

-- The predicate names no claim column: extending a claim stays a heap-only update.
CREATE INDEX IF NOT EXISTS workers_live_idx ON workers (provider_id) WHERE state IN ('REQUESTED', 'STARTING', 'RUNNING');

CREATE TABLE IF NOT EXISTS placements (
  class_id text NOT NULL,
  fleet_version text NOT NULL,
  requirements jsonb NOT NULL,
  explanation jsonb NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (class_id, fleet_version)
);
COMMENT ON TABLE placements IS 'Why: one row per requirement class and fleet version, shared by all jobs it decided.';
CREATE INDEX IF NOT EXISTS placements_decided_idx ON placements (decided_at);

CREATE TABLE IF NOT EXISTS dead_letters (
  id bigserial PRIMARY KEY,
  dedup_key text NOT NULL UNIQUE,
  subject text NOT NULL,
  job_id text,
  problems jsonb NOT NULL DEFAULT '[]',
  body bytea NOT NULL,
  body_bytes integer NOT NULL,
  body_sha256 text NOT NULL,
  message_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dead_letters IS 'Messages that can never be handled, with every problem by path and the first 64 KiB of the body.';
CREATE INDEX IF NOT EXISTS dead_letters_job_idx ON dead_letters (job_id);

CREATE TABLE IF NOT EXISTS leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE leases IS 'Work that one instance does at a time, by the clock of this database.';

CREATE TABLE IF NOT EXISTS cluster (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE cluster IS 'Who we are at the providers: stamped on each worker, so that two clusters can share one engine.';
INSERT INTO cluster DEFAULT VALUES ON CONFLICT DO NOTHING;

INSERT INTO migrations (name) VALUES ('20260301090000_create_jobs_and_workers') ON CONFLICT DO NOTHING;
COMMIT;
