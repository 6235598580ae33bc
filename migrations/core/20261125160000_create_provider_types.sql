-- Provider types as rows: what placement and the CLI must know of a type that a plug-in adds, without loading the plug-in.
BEGIN;

CREATE TABLE IF NOT EXISTS provider_types (
  type text PRIMARY KEY,
  runs_images boolean NOT NULL,
  needs_image boolean NOT NULL,
  takes_payload boolean NOT NULL,
  is_per_machine boolean NOT NULL,
  longest_run_seconds integer,
  package text,
  version text,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE provider_types IS 'The provider types there are. Written only by registries, at their start and every 30 s; the last one has the word.';
COMMENT ON COLUMN provider_types.package IS 'The plug-in that adds the type, with its version; NULL = built in.';
COMMENT ON COLUMN provider_types.updated_at IS 'When a registry last knew it. One that no registry has known for a day is removed.';

INSERT INTO migrations (name) VALUES ('20261125160000_create_provider_types') ON CONFLICT DO NOTHING;
COMMIT;
