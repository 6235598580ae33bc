import { hodei, testCluster, waitFor } from "@hodei/testing";
import { expect, test } from "vitest";

test("a token is made, works, is seen without its text, and is over once it is revoked; the audit log has both", async () => {
  await using cluster = await testCluster({ services: ["registry"], env: { HODEI_HTTP_HOST: "0.0.0.0" } });
  const list = async (token: string) => {
    const response = await fetch(`${cluster.service("registry").url}/hodei.v1.JobService/ListJobs`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: "{}",
    });
    return response.status;
  };
  const made = await hodei(cluster, "tokens", "create", "ci", "--role", "viewer", "--expires", "90d");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hodei_[\w-]{43}\n$/) });
  const token = made.stdout.trim();
  expect(await list(token)).toBe(200);
  expect(await hodei(cluster, "tokens", "create", "ci", "--role", "admin")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a token named "ci" is in use; end it with: hodei tokens revoke ci'),
  });
  expect(await hodei(cluster, "tokens", "create", "x", "--role", "root")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"root" is no role; write one of viewer, operator, admin'),
  });
  await waitFor("its last use", async () => {
    const { stdout } = await hodei(cluster, "tokens", "list", "--json");
    expect(stdout).not.toContain(token);
    const { tokens } = JSON.parse(stdout) as { tokens: { name: string; state: string; last_used_at: string | null }[] };
    expect(tokens).toMatchObject([{ name: "ci", state: "in use" }]);
    return tokens[0]?.last_used_at;
  });
  expect(await hodei(cluster, "tokens", "revoke", "ci")).toMatchObject({ code: 0, stdout: "revoked ci\n" });
  expect(await list(token)).toBe(401);
  const { stdout } = await hodei(cluster, "audit", "--target", "ci", "--json");
  const { entries } = JSON.parse(stdout) as { entries: { action: string; actor: string }[] };
  expect(entries.map(({ action }) => action)).toEqual(["token.revoke", "token.create"]);
  expect(entries[0]?.actor).toMatch(/^sql:/);
});
