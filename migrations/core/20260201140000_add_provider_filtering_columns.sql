-- Regions, labels and annotations that placement filters by.
BEGIN;

ALTER TABLE provider_configs ADD COLUMN IF NOT EXISTS preferred_region VARCHAR(100);
ALTER TABLE provider_configs ADD COLUMN IF NOT EXISTS allowed_regions jsonb NOT NULL DEFAULT '[]';
ALTER TABLE provider_configs ADD COLUMN IF NOT EXISTS required_labels jsonb NOT NULL DEFAULT '{}';
ALTER TABLE provider_configs ADD COLUMN IF NOT EXISTS annotations jsonb NOT NULL DEFAULT '{}';

INSERT INTO migrations (name) VALUES ('20260201140000_add_provider_filtering_columns') ON CONFLICT DO NOTHING;
COMMIT;
