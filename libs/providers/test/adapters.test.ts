import { PROVIDER_TYPES } from "@hodei/contracts";
import { expect, test } from "vitest";
import { adapters, hasAdapter, openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

test("every adapter is of a known type; a known type without one says so", async () => {
  expect(PROVIDER_TYPES).toEqual(expect.arrayContaining(Object.keys(adapters)));
  for (const type of PROVIDER_TYPES.filter((each) => !hasAdapter(each)))
    await expect(openProvider(type, { type }, adapterContext("/nonexistent"))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`the adapter for ${type} is not part of this build yet`),
    });
});

test("names that every object has are no provider types", () => {
  expect(["constructor", "__proto__", "toString"].filter(hasAdapter)).toEqual([]);
});
