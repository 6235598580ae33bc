import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Role, TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { testCluster } from "@hodei/testing";
import { expect, test } from "vitest";

test("who calls too often, or has too many calls under way, is told to wait; others are served", async () => {
  await using cluster = await testCluster({
    services: ["registry"],
    env: { HODEI_RATE_LIMIT: "1", HODEI_MAX_CALLS_AT_ONCE: "1" },
  });
  const baseUrl = cluster.service("registry").url;
  const tokens = createClient(TokenService, createGrpcTransport({ baseUrl }));
  const { secret: eager } = await tokens.createToken({ name: "eager", role: Role.VIEWER });
  const { secret: calm } = await tokens.createToken({ name: "calm", role: Role.VIEWER });
  const list = (token: string) =>
    fetch(`${baseUrl}/hodei.v1.JobService/ListJobs`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: "{}",
    });
  const answers = await Promise.all(Array.from({ length: 20 }, () => list(eager)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(10);
  expect(refused[0]?.headers.get("retry-after")).toBe("1");
  expect(await refused[0]?.json()).toMatchObject({ code: "resource_exhausted" });
  expect((await list(calm)).status).toBe(200);

  const jobs = createClient(JobService, createGrpcTransport({ baseUrl }));
  const leaving = new AbortController();
  // Loopback has no rate, but the same number of calls at once.
  const watch = jobs.watch({ snapshot: true }, { signal: leaving.signal })[Symbol.asyncIterator]();
  await watch.next();
  await expect(jobs.listJobs({})).rejects.toThrow("[resource_exhausted] loopback has 1 calls under way");
  leaving.abort();
});

test("an answer carries headers that keep browsers from doing more with it than read it", async () => {
  await using cluster = await testCluster({ services: ["registry"] });
  for (const path of ["/healthz", "/nothing-here", "/hodei.v1.JobService/ListJobs"]) {
    const { headers } = await fetch(cluster.service("registry").url + path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  }
});
