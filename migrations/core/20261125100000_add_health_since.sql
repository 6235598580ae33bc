-- Since when a provider has the health it has: how long its workers have been out of sight.
BEGIN;
ALTER TABLE provider_health ADD COLUMN IF NOT EXISTS health_since timestamptz;
COMMENT ON COLUMN provider_health.health_since IS 'When health last changed; NULL = never checked.';
INSERT INTO migrations (name) VALUES ('20261125100000_add_health_since') ON CONFLICT DO NOTHING;
COMMIT;
