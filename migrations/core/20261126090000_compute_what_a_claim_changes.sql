-- A column computed from what a claim writes. PostgreSQL reads the expressions of a table's generated columns once for each statement that
-- changes what they are made of, but, where it changes nothing of that, once for each row (seen with 18: ExecInitGenerated keeps nothing then, and is
-- asked again): 10 of the 30 microseconds of CPU that a claim took.
--
-- Two transactions, so that nobody who reads both tables can wait for this while it waits for them. The archive keeps what
-- it was, which takes no rewrite of what is there.
BEGIN;
SET LOCAL lock_timeout = '10s';
ALTER TABLE workers_archive ADD COLUMN IF NOT EXISTS is_claimed boolean;
COMMIT;

-- Rewrites workers, which everybody waits for; so it waits for others no longer than they can.
BEGIN;
SET LOCAL lock_timeout = '10s';
ALTER TABLE workers ADD COLUMN IF NOT EXISTS is_claimed boolean GENERATED ALWAYS AS (claim_expires_at IS NOT NULL) STORED;
COMMENT ON COLUMN workers.is_claimed IS 'A provisioner has or had it.';
INSERT INTO migrations (name) VALUES ('20261126090000_compute_what_a_claim_changes') ON CONFLICT DO NOTHING;
COMMIT;
