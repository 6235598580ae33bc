-- A column computed from what a claim writes. PostgreSQL reads the expressions of a table's generated columns once for each statement that
-- changes what they are made of, but, where it changes nothing of that, once for each row (seen with 18: ExecInitGenerated keeps nothing then, and is
-- asked again): 10 of the 30 microseconds of CPU that a claim took. Rewrites workers and its archive.
BEGIN;

ALTER TABLE workers ADD COLUMN IF NOT EXISTS is_claimed boolean GENERATED ALWAYS AS (claim_expires_at IS NOT NULL) STORED;
COMMENT ON COLUMN workers.is_claimed IS 'A provisioner has or had it.';
ALTER TABLE workers_archive ADD COLUMN IF NOT EXISTS is_claimed boolean GENERATED ALWAYS AS (claim_expires_at IS NOT NULL) STORED;

CREATE OR REPLACE VIEW all_workers AS
  SELECT NULL::timestamptz AS job_finished_at, * FROM workers UNION ALL SELECT * FROM workers_archive;

INSERT INTO migrations (name) VALUES ('20261126090000_compute_what_a_claim_changes') ON CONFLICT DO NOTHING;
COMMIT;
