-- Finished jobs move, with their attempts and the reasons of their placements, out of the tables that everything works on, into partitions
-- of one day each. A day is forgotten by dropping its tables. See docs/operations/retention.md.
BEGIN;

-- The columns are those of the tables they come from, and a migration that adds one there adds it here.
CREATE TABLE IF NOT EXISTS jobs_archive (LIKE jobs INCLUDING DEFAULTS INCLUDING GENERATED) PARTITION BY RANGE (finished_at);
CREATE UNIQUE INDEX IF NOT EXISTS jobs_archive_id_idx ON jobs_archive (id, finished_at);
CREATE INDEX IF NOT EXISTS jobs_archive_submitted_idx ON jobs_archive (submitted_at DESC, id DESC);
COMMENT ON TABLE jobs_archive IS 'Jobs that finished a while ago, a partition for each day of finished_at (UTC). all_jobs has these and the others.';

-- An id is free again once its job is archived, so the archive may hold several jobs of one id: an attempt is its job's by the time of its end too.
CREATE TABLE IF NOT EXISTS workers_archive (job_finished_at timestamptz NOT NULL, LIKE workers INCLUDING DEFAULTS INCLUDING GENERATED)
  PARTITION BY RANGE (job_finished_at);
CREATE UNIQUE INDEX IF NOT EXISTS workers_archive_id_idx ON workers_archive (job_id, attempt, job_finished_at);
COMMENT ON TABLE workers_archive IS 'The attempts of the jobs in jobs_archive.';

CREATE TABLE IF NOT EXISTS placements_archive (finished_on date NOT NULL, LIKE placements INCLUDING DEFAULTS) PARTITION BY RANGE (finished_on);
CREATE UNIQUE INDEX IF NOT EXISTS placements_archive_id_idx ON placements_archive (class_id, fleet_version, finished_on);
COMMENT ON TABLE placements_archive IS 'Why the jobs that finished on a day were placed as they were; kept as long as they are.';

CREATE OR REPLACE VIEW all_jobs AS SELECT * FROM jobs UNION ALL SELECT * FROM jobs_archive;
COMMENT ON VIEW all_jobs IS 'Every job that is kept.';
CREATE OR REPLACE VIEW all_workers AS
  SELECT NULL::timestamptz AS job_finished_at, * FROM workers UNION ALL SELECT * FROM workers_archive;
COMMENT ON VIEW all_workers IS 'Every attempt that is kept; job_finished_at is set for those in the archive.';

-- Tables are made and dropped with the rights of their owner, and in this way only. Both wait two seconds at most for whoever reads the
-- archive, who would be waited for by all others meanwhile.
CREATE OR REPLACE FUNCTION hodei_make_archive_days(days date[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  day date;
  midnight timestamptz;
  suffix text;
BEGIN
  FOREACH day IN ARRAY days LOOP
    suffix := '_archive_' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('public.placements' || suffix) IS NOT NULL;
    midnight := day::timestamp AT TIME ZONE 'UTC';
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.jobs_archive FOR VALUES FROM (%L) TO (%L)',
                   'jobs' || suffix, midnight, midnight + interval '24 hours');
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.workers_archive FOR VALUES FROM (%L) TO (%L)',
                   'workers' || suffix, midnight, midnight + interval '24 hours');
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.placements_archive FOR VALUES FROM (%L) TO (%L)',
                   'placements' || suffix, day, day + 1);
  END LOOP;
END $$;
COMMENT ON FUNCTION hodei_make_archive_days IS 'Makes the partitions of the archive for these days (UTC), where they are not there.';

CREATE OR REPLACE FUNCTION hodei_drop_archive_days(kept_seconds double precision) RETURNS SETOF date LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  day date;
BEGIN
  IF kept_seconds IS NULL OR kept_seconds < 86400 THEN
    PERFORM public.hodei_refuse(format('kept_seconds %s is less than a day', kept_seconds), 'write at least 86400');
  END IF;
  FOR day IN
    SELECT to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'public.jobs_archive'::regclass AND c.relname ~ '^jobs_archive_\d{8}$' ORDER BY 1
  LOOP
    EXIT WHEN (day + 1)::timestamp AT TIME ZONE 'UTC' > now() - make_interval(secs => kept_seconds);
    EXECUTE format('DROP TABLE public.%I, public.%I, public.%I', 'jobs_archive_' || to_char(day, 'YYYYMMDD'),
                   'workers_archive_' || to_char(day, 'YYYYMMDD'), 'placements_archive_' || to_char(day, 'YYYYMMDD'));
    RETURN NEXT day;
  END LOOP;
END $$;
COMMENT ON FUNCTION hodei_drop_archive_days IS 'Drops the days of the archive whose last moment is longer ago than that.';

REVOKE EXECUTE ON FUNCTION hodei_make_archive_days, hodei_drop_archive_days FROM PUBLIC;

INSERT INTO migrations (name) VALUES ('20261125210000_archive_finished_jobs') ON CONFLICT DO NOTHING;
COMMIT;
