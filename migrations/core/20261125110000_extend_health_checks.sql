-- What a health check tried, who made it and when it began; what damps a provider that flips; when the others were last told.
BEGIN;
ALTER TABLE provider_health ADD COLUMN IF NOT EXISTS recent text NOT NULL DEFAULT '';
COMMENT ON COLUMN provider_health.recent IS 'The last 20 checks, newest last: + answered, - did not. Four changes among them are flapping.';
ALTER TABLE provider_health ADD COLUMN IF NOT EXISTS steps jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN provider_health.steps IS 'What the last check tried, in order: [{name, ok, detail, command}].';
ALTER TABLE provider_health ADD COLUMN IF NOT EXISTS checked_generation bigint;
COMMENT ON COLUMN provider_health.checked_generation IS 'The version of the configuration that was checked; another one is checked at once.';
ALTER TABLE provider_health ADD COLUMN IF NOT EXISTS told_at timestamptz;
COMMENT ON COLUMN provider_health.told_at IS 'When provider.health was last published: on every change, and as a heartbeat.';
ALTER TABLE provider_health_checks ADD COLUMN IF NOT EXISTS begun_at timestamptz;
ALTER TABLE provider_health_checks ADD COLUMN IF NOT EXISTS checked_by text;
COMMENT ON COLUMN provider_health_checks.checked_by IS 'The instance of the health service that made the check.';
INSERT INTO migrations (name) VALUES ('20261125110000_extend_health_checks') ON CONFLICT DO NOTHING;
COMMIT;
