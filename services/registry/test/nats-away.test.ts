import { testCluster } from "@hodei/testing";
import { expect, test } from "vitest";

test("a job that the API takes while NATS is away has its row before the answer, and runs once NATS is back", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "local", provider_type: "process" });
  await cluster.nats.kill();
  const response = await fetch(`${cluster.service("registry").url}/hodei.v1.JobService/SubmitJob`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec: { job_id: "while-away", command: ["true"] } }),
  });
  expect(response.status).toBe(200);
  expect(await cluster.database.query("SELECT id FROM jobs")).toEqual([{ id: "while-away" }]);
  await cluster.nats.restart();
  await cluster.reaches("while-away", "SUCCEEDED");
});
