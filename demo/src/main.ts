import { clusterStatus, openHome, readClusterFile, startCluster, stopCluster } from "@hodei/local-cluster";
import { connect } from "nats";
import pg from "pg";
import { importDockerImage } from "./docker-image.ts";
import { registerFleet } from "./fleet.ts";
import { collectFinalStates, type Outcome, readOutcome } from "./outcome.ts";
import { printOutcomes } from "./print-outcomes.ts";
import { checkSpread, makeScenes } from "./scenes.ts";

const say = (line: string) => console.log(line);
const home = openHome();
const isUp = (await clusterStatus(home)).every((service) => service.state === "ready");
say(isUp ? "using the cluster that is up" : "starting PostgreSQL, NATS and the four services …");
const cluster = (isUp && readClusterFile(home)) || (await startCluster(home, say));
try {
  process.exitCode = await demonstrate(cluster);
} finally {
  const keep = isUp || process.argv.includes("--keep");
  if (!keep) await stopCluster(home);
  say(
    keep
      ? "the cluster is still up; stop it with: npx hodei down"
      : "the cluster is down again; look around with: npx hodei up && npx hodei jobs list",
  );
}

async function demonstrate({ databaseUrl, natsUrl }: { databaseUrl: string; natsUrl: string }): Promise<number> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  // The npm package `nats`, as a user's own program would: nothing of Hodei's is needed to submit a job.
  const nats = await connect({ servers: natsUrl });
  try {
    const image = importDockerImage(say);
    await registerFleet(db, image);
    const scenes = makeScenes(image !== undefined);
    say(`publishing ${scenes.length} jobs to job.submitted …`);
    const run = Date.now().toString(36);
    const finals = collectFinalStates(nats);
    const jetstream = nats.jetstream();
    const idOf = (key: string) => `${key}-${run}`;
    for (const { key, body } of scenes)
      await jetstream.publish("job.submitted", JSON.stringify({ job_id: idOf(key), ...body }));

    await finals.pending(idOf("needs-a100"));
    say("needs-a100 waits: nobody has the label gpu=a100; giving it to demo-us by SQL …");
    await db.query(
      `UPDATE provider_configs SET required_labels = required_labels || '{"gpu": "a100"}' WHERE name = 'demo-us'`,
    );

    const statuses = await Promise.all(scenes.map(({ key }) => finals.of(idOf(key))));
    const outcomes: Outcome[] = [];
    for (const status of statuses)
      outcomes.push(await readOutcome(db, status.job_id.slice(0, -run.length - 1), status));
    say("");
    printOutcomes(scenes, outcomes);
    say("");
    const failures = scenes.flatMap((scene) => {
      const outcome = outcomes.find((each) => each.key === scene.key);
      const failure = outcome ? scene.check(outcome) : "it never ended";
      return failure ? [`${scene.key}: ${failure}`] : [];
    });
    const spread = checkSpread(outcomes);
    if (spread) failures.push(spread);
    for (const failure of failures) say(`NOT AS PROMISED  ${failure}`);
    say(
      failures.length === 0
        ? `all ${scenes.length} jobs did as promised`
        : `${failures.length} of ${scenes.length} did not`,
    );
    return failures.length === 0 ? 0 : 1;
  } finally {
    await nats.close();
    await db.end();
  }
}
