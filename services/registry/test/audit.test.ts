import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Role, TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let cluster: TestCluster;
let baseUrl: string;
beforeAll(async () => {
  cluster = await testCluster({ services: ["registry"] });
  baseUrl = cluster.service("registry").url;
});
afterAll(() => cluster[Symbol.asyncDispose]());

const clientOf = <S extends typeof ProviderService | typeof JobService | typeof TokenService>(service: S) =>
  createClient(service, createGrpcTransport({ baseUrl }));

interface Line {
  actor: string;
  source: string;
  action: string;
  target: string;
  result: string;
  before: unknown;
  after: unknown;
}
const linesOf = (target: string) =>
  cluster.database.query<Line & Record<string, unknown>>(
    "SELECT actor, source, action, target, result, before, after FROM audit_log WHERE target = $1 ORDER BY id",
    [target],
  );

test("every change of a provider is written down with who, from where, before and after, whichever way it came", async () => {
  const tokens = clientOf(TokenService);
  const { secret } = await tokens.createToken({ name: "O'Brien; --", role: Role.ADMIN });
  const providers = clientOf(ProviderService);
  const as = { headers: { authorization: `Bearer ${secret}` } };
  await providers.registerProvider({ config: { name: "p", providerType: "process", config: { type: "process" } } }, as);
  await providers.updateProvider({ providerId: "p", config: { maxWorkers: 3 } }, as);
  await cluster.database.query("UPDATE provider_configs SET priority = 7 WHERE name = 'p'");
  await providers.disableProvider({ providerId: "p" });
  await providers.deleteProvider({ providerId: "p" });
  const lines = await linesOf("p");
  expect(lines.map(({ actor, action, before, after }) => [actor, action, before, after])).toEqual([
    [
      "token:O'Brien; --",
      "provider.create",
      null,
      expect.objectContaining({ max_workers: 10, config: { type: "process" } }),
    ],
    ["token:O'Brien; --", "provider.update", { max_workers: 10 }, { max_workers: 3 }],
    [expect.stringMatching(/^sql:/), "provider.update", { priority: 0 }, { priority: 7 }],
    ["loopback", "provider.update", { status: "ACTIVE" }, { status: "DISABLED" }],
    ["loopback", "provider.delete", expect.objectContaining({ max_workers: 3 }), null],
  ]);
  expect(lines.map(({ source }) => source)).toEqual(Array(5).fill("127.0.0.1"));
  expect(JSON.stringify(await cluster.database.query("SELECT * FROM audit_log"))).not.toContain(secret);
  const history = await cluster.database.query("SELECT replaced_by FROM provider_config_history WHERE generation = 1");
  expect(history).toEqual([{ replaced_by: "token:O'Brien; --" }]);
});

test("jobs and what was refused are written down too", async () => {
  const jobs = clientOf(JobService);
  await jobs.submitJob({ spec: { jobId: "j", command: ["true"] } });
  await jobs.submitJob({ spec: { jobId: "j", command: ["true"] } });
  await jobs.cancelJob({ jobId: "j", reason: "not needed" });
  expect((await linesOf("j")).map(({ actor, action, result }) => [actor, action, result])).toEqual([
    ["loopback", "job.submit", "ok"],
    ["loopback", "job.cancel", "ok"],
  ]);
  const { secret } = await clientOf(TokenService).createToken({ name: "reader", role: Role.VIEWER });
  const as = { headers: { authorization: `Bearer ${secret}` } };
  await expect(jobs.cancelJob({ jobId: "j" }, as)).rejects.toThrow("permission_denied");
  await expect(clientOf(ProviderService).deleteProvider({ providerId: "nobody" })).rejects.toThrow("not_found");
  await waitFor("both refusals", async () => {
    const rows = await cluster.database.query(
      "SELECT actor, action, target, result FROM audit_log WHERE result <> 'ok' ORDER BY id",
    );
    return rows.length === 2 && rows;
  }).then((rows) =>
    expect(rows).toEqual([
      { actor: "token:reader", action: "call CancelJob", target: "", result: "PermissionDenied" },
      { actor: "loopback", action: "call DeleteProvider", target: "nobody", result: "NotFound" },
    ]),
  );
});

test("what is written stays: no line can be changed, and only old ones can be deleted", async () => {
  const query = (text: string) => cluster.database.query(text);
  await query(
    "INSERT INTO audit_log (at, actor, source, action, target) VALUES (now() - interval '91 days', 'x', 'x', 'x', 'old')",
  );
  await expect(query("UPDATE audit_log SET actor = 'nobody'")).rejects.toThrow("audit_log is append-only: UPDATE");
  await expect(query("DELETE FROM audit_log")).rejects.toThrow("to end what is old: DELETE FROM audit_log WHERE at");
  await expect(query("TRUNCATE audit_log")).rejects.toThrow("append-only");
  await query("DELETE FROM audit_log WHERE at < now() - interval '90 days'");
  expect(await linesOf("old")).toEqual([]);
});

test("what is older than it is to be kept goes by itself", async () => {
  await using own = await testCluster({ services: [] });
  await own.database.query(
    `INSERT INTO audit_log (at, actor, source, action, target)
     SELECT now() - make_interval(days => age), 'x', 'x', 'x', age::text FROM unnest(ARRAY[1, 100, 119, 121]) AS age, generate_series(1, 700)`,
  );
  const ages = () => own.database.query("SELECT target, count(*)::int AS lines FROM audit_log GROUP BY 1 ORDER BY 1");
  await own.start("registry", { HODEI_AUDIT_DAYS: "120" });
  await waitFor("the oldest to go", async () => (await ages()).length < 4);
  await waitFor("the same number of each", async () => {
    const left = await ages();
    return JSON.stringify(left) === JSON.stringify(["1", "100", "119"].map((target) => ({ target, lines: 700 })));
  });
});
