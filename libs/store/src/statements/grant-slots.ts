/**
 * The capacity check that every reservation goes through (design I2, §5.1), as CTEs over a `proposal` of
 * (ord, id, provider_id, cpu_millis, memory_bytes, gpu): locks the providers in order of id, then grades the proposal: per provider and
 * in the order of the proposal, `is_granted` as many as its row still allows. What the in-memory fleet thought does not matter here.
 *
 * Resource totals come from the caller as `totals` (provider_id, cpu_millis, memory_bytes, gpu; NULL = no limit known), one row for each
 * provider that is proposed: they are configuration, which only moves with the row's generation.
 *
 * One pass, without joining the proposal to itself: the planner takes such intermediate results for one row and would loop over them
 * 256 × 256 times.
 */
export const GRANT_SLOTS = `
  locked AS MATERIALIZED (
    SELECT p.id, p.name, p.provider_type,
           p.max_workers - p.active_workers AS slots,
           t.cpu_millis - p.reserved_cpu_millis AS cpu_millis,
           t.memory_bytes - p.reserved_memory_bytes AS memory_bytes,
           t.gpu - p.reserved_gpu AS gpu
      FROM provider_configs p
      JOIN totals t ON t.provider_id = p.id
     WHERE p.status = 'ACTIVE' AND p.config_errors = '[]'::jsonb
     ORDER BY p.id
       FOR UPDATE OF p
  ),
  graded AS MATERIALIZED (
    SELECT w.*, l.name AS provider_name, l.provider_type,
           l.id IS NOT NULL
             AND row_number() OVER running <= l.slots
             AND (l.cpu_millis IS NULL OR sum(w.cpu_millis) OVER running <= l.cpu_millis)
             AND (l.memory_bytes IS NULL OR sum(w.memory_bytes) OVER running <= l.memory_bytes)
             AND (l.gpu IS NULL OR sum(w.gpu) OVER running <= l.gpu) AS is_granted
      FROM proposal w LEFT JOIN locked l ON l.id = w.provider_id
    WINDOW running AS (PARTITION BY w.provider_id ORDER BY w.ord ROWS UNBOUNDED PRECEDING)
  )`;

/** Writes one worker row per row of `started` (a subset of the granted), REQUESTED and unclaimed. */
export const INSERT_WORKERS = `
  INSERT INTO workers (job_id, attempt, provider_id, provider_name, provider_type, state, class_id, fleet_version,
                       fallback_step, rank_key, cpu_millis, memory_bytes, gpu, start_deadline_at, run_timeout_seconds)
  SELECT s.id, s.attempt, s.provider_id, s.provider_name, s.provider_type, 'REQUESTED', s.class_id, s.fleet_version,
         s.fallback_step, s.rank_key::jsonb, s.cpu_millis, s.memory_bytes, s.gpu,
         now() + make_interval(secs => s.start_seconds), s.run_seconds
    FROM started s`;

/** Adds what `started` holds to the providers' counters; answers each provider's new load. */
export const COUNT_UP = `
  UPDATE provider_configs p
     SET active_workers = p.active_workers + s.workers,
         reserved_cpu_millis = p.reserved_cpu_millis + s.cpu_millis,
         reserved_memory_bytes = p.reserved_memory_bytes + s.memory_bytes,
         reserved_gpu = p.reserved_gpu + s.gpu,
         ledger_version = p.ledger_version + 1
    FROM (SELECT provider_id, count(*)::int AS workers, sum(cpu_millis)::bigint AS cpu_millis,
                 sum(memory_bytes)::bigint AS memory_bytes, sum(gpu)::int AS gpu
            FROM started GROUP BY provider_id) s
   WHERE p.id = s.provider_id
  RETURNING p.id, p.active_workers, p.reserved_cpu_millis, p.reserved_memory_bytes, p.reserved_gpu, p.ledger_version`;

/** The loads as one JSON value, so that they come back in the same answer as the rows. */
export const LOADS_AS_JSON = `
  (SELECT coalesce(json_agg(json_build_array(c.id, c.active_workers, c.reserved_cpu_millis, c.reserved_memory_bytes,
                                             c.reserved_gpu, c.ledger_version)), '[]'::json) FROM counted c)`;
