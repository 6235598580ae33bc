-- The updates that every job sees (placed, running, finished) change no column of a B-tree index, so that PostgreSQL writes them into the same
-- page and touches no index (heap-only tuples; a BRIN index does not stand in their way). That a job waits is a column of its own for that:
-- it is false at once for a job that is placed as it arrives.
BEGIN;

ALTER TABLE jobs ADD COLUMN IF NOT EXISTS is_waiting boolean GENERATED ALWAYS AS (state = 'PENDING') STORED;
COMMENT ON COLUMN jobs.is_waiting IS 'state = PENDING, as the indexes of waiting jobs know it.';

DROP INDEX IF EXISTS jobs_waiting_idx, jobs_backoff_idx, jobs_unfinished_idx, jobs_finished_idx;
CREATE INDEX jobs_waiting_idx ON jobs (class_id, priority DESC, submitted_at, id) WHERE is_waiting;
CREATE INDEX jobs_backoff_idx ON jobs (not_before) WHERE is_waiting AND not_before IS NOT NULL;
CREATE INDEX jobs_finished_idx ON jobs USING brin (finished_at) WITH (pages_per_range = 32, autosummarize = on);
-- Room for a second version of each row beside it.
ALTER TABLE jobs SET (fillfactor = 50);
ALTER TABLE workers SET (fillfactor = 50);

-- Both rows are written by one statement, and a check of each worker's job is a query of its own for each row.
ALTER TABLE workers DROP CONSTRAINT IF EXISTS workers_job_id_fkey;

INSERT INTO migrations (name) VALUES ('20261125200000_keep_updates_of_jobs_in_place') ON CONFLICT DO NOTHING;
COMMIT;
