import { testDatabase } from "@hodei/testing";
import pg from "pg";
import { expect, test } from "vitest";
import { takeOverWorkers } from "../src/index.ts";

const options = { seconds: 15, patienceSeconds: 5, limit: 10, perMachineTypes: ["process"], lostAfterSeconds: 300 };

test("a worker that belongs to a machine waits for a provisioner of that machine; others are taken by whoever comes first", async () => {
  await using database = await testDatabase();
  await database.query(`
    INSERT INTO jobs (id, state, spec, body_sha256, class_id) SELECT 'j-' || t, 'RUNNING', '{}', '', '' FROM unnest(ARRAY['process', 'docker']) t;
    INSERT INTO workers (job_id, attempt, provider_id, provider_name, provider_type, state, claimed_by, claim_expires_at)
    SELECT 'j-' || t, 1, gen_random_uuid(), t, t, 'RUNNING', 'here:1:2:3', now() - interval '10 seconds' FROM unnest(ARRAY['process', 'docker']) t`);
  const pool = new pg.Pool({ connectionString: database.url });
  await using _ = { [Symbol.asyncDispose]: () => pool.end() };
  const taken = async (host: string) =>
    (await takeOverWorkers(pool, `${host}:9`, { ...options, host })).map((claim) => claim.jobId);
  expect(await taken("there")).toEqual(["j-docker"]);
  expect(await taken("here")).toEqual(["j-process"]);
  await database.query("UPDATE workers SET claimed_by = 'here:9', claim_expires_at = now() - interval '301 seconds'");
  expect((await taken("there")).sort()).toEqual(["j-docker", "j-process"]);
});
