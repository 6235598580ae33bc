-- Providers: one row each, the first-class interface for operators.
BEGIN;

CREATE TABLE IF NOT EXISTS migrations (
  name text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE migrations IS 'Migration files that ran here, by whichever way.';

CREATE TABLE IF NOT EXISTS provider_configs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE,
  provider_type text NOT NULL,
  config jsonb NOT NULL,
  status text NOT NULL DEFAULT 'ACTIVE',
  priority integer NOT NULL DEFAULT 0,
  max_workers integer NOT NULL DEFAULT 10,
  active_workers integer NOT NULL DEFAULT 0,
  capabilities jsonb NOT NULL DEFAULT '{}',
  status_reason text,
  config_errors jsonb,
  reserved_cpu_millis bigint NOT NULL DEFAULT 0,
  reserved_memory_bytes bigint NOT NULL DEFAULT 0,
  reserved_gpu integer NOT NULL DEFAULT 0,
  ledger_version bigint NOT NULL DEFAULT 0,
  generation bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE provider_configs IS 'Compute providers. Operators write name to annotations; active_workers and reserved_* follow the ledger (workers).';
COMMENT ON COLUMN provider_configs.config_errors IS 'NULL = not validated yet, [] = valid; otherwise [{path, message}]. Only a valid configuration takes part in placement.';
COMMENT ON COLUMN provider_configs.generation IS 'Moves with each change by an operator, and with nothing else.';
COMMENT ON COLUMN provider_configs.ledger_version IS 'Moves with each change of active_workers and reserved_*, so that an older answer is recognised.';

-- Serves the documented `WHERE status = 'ACTIVE'` where few of many rows are active.
CREATE INDEX IF NOT EXISTS provider_configs_status_idx ON provider_configs (status);

INSERT INTO migrations (name) VALUES ('20260101000000_create_provider_configs') ON CONFLICT DO NOTHING;
COMMIT;
