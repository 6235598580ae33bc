import type pg from "pg";

/** The demo's fleet, registered as a user would: by plain SQL. A second run finds its rows and sets them back. */
const FLEET = `
INSERT INTO provider_configs (name, provider_type, config, status, priority, max_workers, preferred_region, allowed_regions, required_labels)
VALUES
  ('demo-eu-1',    'process', '{"type": "process"}', 'ACTIVE', 0, 4, 'eu-west-1', '["eu-west-1", "eu-central-1"]',
   '{"demo": "yes", "pool": "twins", "failover": "yes"}'),
  ('demo-eu-2',    'process', '{"type": "process"}', 'ACTIVE', 0, 4, 'eu-west-1', '["eu-west-1", "eu-central-1"]',
   '{"demo": "yes", "pool": "twins"}'),
  ('demo-us',      'process', '{"type": "process"}', 'ACTIVE', 10, 4, 'us-east-1', '["us-east-1"]',
   '{"demo": "yes", "environment": "production"}'),
  ('demo-small',   'process', '{"type": "process"}', 'ACTIVE', 0, 1, 'ap-south-1', '[]',
   '{"size": "small"}'),
  -- No process can start in /proc: each start here fails, and the job moves on.
  ('demo-broken',  'process', '{"type": "process", "working_directory": "/proc/hodei-demo"}', 'ACTIVE', 100, 4, 'eu-west-1', '[]',
   '{"failover": "yes"}')
ON CONFLICT (name) DO UPDATE SET
  config = excluded.config, status = excluded.status, priority = excluded.priority, max_workers = excluded.max_workers,
  preferred_region = excluded.preferred_region, allowed_regions = excluded.allowed_regions, required_labels = excluded.required_labels`;

const DOCKER = `
INSERT INTO provider_configs (name, provider_type, config, max_workers, preferred_region, required_labels)
VALUES ('demo-docker', 'docker', $1, 2, 'eu-west-1', '{"runtime": "container"}')
ON CONFLICT (name) DO UPDATE SET config = excluded.config, status = 'ACTIVE'`;

/** Registers the fleet and waits until the running system has validated it. */
export async function registerFleet(db: pg.Client, dockerImage: string | undefined): Promise<void> {
  await db.query(FLEET);
  if (dockerImage) {
    await db.query(DOCKER, [
      JSON.stringify({
        type: "docker",
        socket_path: "/var/run/docker.sock",
        default_image: dockerImage,
        network: "none",
      }),
    ]);
  } else {
    await db.query("UPDATE provider_configs SET status = 'DISABLED' WHERE name = 'demo-docker'");
  }
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    const { rows } = await db.query(
      "SELECT 1 FROM provider_configs WHERE name LIKE 'demo-%' AND config_errors IS NULL",
    );
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the registry did not validate the fleet within 10 s; see: npx hodei logs registry");
}
