import { PROVIDER_TYPES } from "@hodei/contracts";
import { expect, test } from "vitest";
import { adapters, hasAdapter, openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

test("every known type has an adapter, and no other has one", async () => {
  expect(Object.keys(adapters).sort()).toEqual([...PROVIDER_TYPES].sort());
  await expect(openProvider("mainframe", {}, adapterContext("/nonexistent"))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("the adapter for mainframe is not part of this build"),
  });
});

test("names that every object has are no provider types", () => {
  expect(["constructor", "__proto__", "toString"].filter(hasAdapter)).toEqual([]);
});
