-- What the health service knows, and each earlier version of a provider's configuration.
BEGIN;

CREATE TABLE IF NOT EXISTS provider_health (
  provider_id uuid PRIMARY KEY REFERENCES provider_configs (id) ON DELETE CASCADE,
  health text NOT NULL DEFAULT 'unknown' CHECK (health IN ('healthy', 'degraded', 'unhealthy', 'unknown')),
  code text,
  cause text,
  fix text,
  detail text,
  consecutive_failures integer NOT NULL DEFAULT 0,
  consecutive_successes integer NOT NULL DEFAULT 0,
  latency_ms double precision,
  checked_at timestamptz,
  next_check_at timestamptz NOT NULL DEFAULT now(),
  claimed_by text,
  claim_expires_at timestamptz,
  certificate_expires_at timestamptz
);
COMMENT ON TABLE provider_health IS 'Written only by the health service. No row = never checked, which counts as healthy for placement.';
CREATE INDEX IF NOT EXISTS provider_health_due_idx ON provider_health (next_check_at);

CREATE TABLE IF NOT EXISTS provider_health_checks (
  id bigserial PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES provider_configs (id) ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  health text NOT NULL,
  code text,
  detail text,
  latency_ms double precision
);
COMMENT ON TABLE provider_health_checks IS 'The last 100 checks of each provider.';
CREATE INDEX IF NOT EXISTS provider_health_checks_provider_idx ON provider_health_checks (provider_id, id DESC);

CREATE TABLE IF NOT EXISTS provider_config_history (
  id bigserial PRIMARY KEY,
  provider_id uuid NOT NULL,
  generation bigint NOT NULL,
  name text NOT NULL,
  provider_type text NOT NULL,
  config jsonb NOT NULL,
  status text NOT NULL,
  priority integer NOT NULL,
  max_workers integer NOT NULL,
  preferred_region text,
  allowed_regions jsonb NOT NULL,
  required_labels jsonb NOT NULL,
  annotations jsonb NOT NULL,
  replaced_at timestamptz NOT NULL DEFAULT now(),
  replaced_by text NOT NULL,
  UNIQUE (provider_id, generation)
);
COMMENT ON TABLE provider_config_history IS 'Each earlier version of what an operator configured; feeds rollback.';

INSERT INTO migrations (name) VALUES ('20260301091000_create_provider_health_and_history') ON CONFLICT DO NOTHING;
COMMIT;
