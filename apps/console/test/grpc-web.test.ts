import { join } from "node:path";
import { testCluster } from "@hodei/testing";
import { build, type Rolldown } from "vite";
import { expect, test } from "vitest";
import { openConsole } from "./console.ts";

test("a page of somebody else's making drives the API by gRPC-Web in a browser", async () => {
  await using cluster = await testCluster();
  await cluster.addProvider({ name: "here", provider_type: "simulated" });
  await using chrome = await openConsole();
  const page = await chrome.open(cluster.service("registry").url);
  await page.evaluate(await bundled("grpc-web-client.ts"));
  const found = await page.evaluate(`driveApi("by-browser")`);
  expect(found).toEqual({
    existed: false,
    listed: ["by-browser"],
    heard: ["", "by-browser"],
    refusal: expect.stringMatching(/^NotFound: there is no provider "nowhere"; there is here$/),
  });
});

/** One script, as a page would load it. */
async function bundled(name: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, name), formats: ["iife"], name: "client" },
    },
  });
  const [{ output }] = [result].flat() as Rolldown.RolldownOutput[] as [Rolldown.RolldownOutput];
  return output[0].code;
}
