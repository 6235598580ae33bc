-- The updates that every job sees (placed, running, finished) change no column of a B-tree index, so that PostgreSQL writes them into the same
-- page and touches no index (heap-only tuples; a BRIN index does not stand in their way). That a job waits, and that a worker is live, is a column
-- of its own for that. And no condition on `state` makes the planner look up one worker of known job and attempt by the index of live workers:
-- on statistics from a moment without any, it took that for an empty one, and read every live worker for each of 256.
BEGIN;

ALTER TABLE jobs ADD COLUMN IF NOT EXISTS is_waiting boolean GENERATED ALWAYS AS (state = 'PENDING') STORED;
COMMENT ON COLUMN jobs.is_waiting IS 'state = PENDING, as the indexes of waiting jobs know it.';

DROP INDEX IF EXISTS jobs_waiting_idx, jobs_backoff_idx, jobs_unfinished_idx, jobs_finished_idx;
CREATE INDEX jobs_waiting_idx ON jobs (class_id, priority DESC, submitted_at, id) WHERE is_waiting;
CREATE INDEX jobs_backoff_idx ON jobs (not_before) WHERE is_waiting AND not_before IS NOT NULL;
CREATE INDEX jobs_finished_idx ON jobs USING brin (finished_at) WITH (pages_per_range = 32, autosummarize = on);

ALTER TABLE workers ADD COLUMN IF NOT EXISTS is_live boolean GENERATED ALWAYS AS (state IN ('REQUESTED', 'STARTING', 'RUNNING')) STORED;
COMMENT ON COLUMN workers.is_live IS 'Holds a slot of its provider; as the index of live workers knows it.';
DROP INDEX IF EXISTS workers_live_idx;
CREATE INDEX workers_live_idx ON workers (provider_id) WHERE is_live;

-- Room for a second version of each row beside it.
ALTER TABLE jobs SET (fillfactor = 50);
ALTER TABLE workers SET (fillfactor = 50);

-- Both rows are written by one statement, and a check of each worker's job is a query of its own for each row.
ALTER TABLE workers DROP CONSTRAINT IF EXISTS workers_job_id_fkey;

CREATE OR REPLACE FUNCTION hodei_provider_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  live bigint;
BEGIN
  SELECT count(*) INTO live FROM workers WHERE provider_id = OLD.id AND is_live;
  IF live > 0 THEN
    PERFORM hodei_refuse(format('provider "%s" has %s live workers', OLD.name, live),
      format('drain it first: hodei providers drain "%s", or UPDATE provider_configs SET status = ''MAINTENANCE'' and wait', OLD.name));
  END IF;
  PERFORM hodei_notify_provider(OLD, 'deleted');
  RETURN OLD;
END $$;

INSERT INTO migrations (name) VALUES ('20261125200000_keep_updates_of_jobs_in_place') ON CONFLICT DO NOTHING;
COMMIT;
