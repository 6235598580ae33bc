import { expect, test } from "vitest";
import { dockerFailureCode } from "./classify-error.ts";

test.each([
  [
    "(HTTP code 500) server error - failed to create endpoint hodei-a-1 on network bridge: adding interface veth1c2f3a4 to bridge docker0 failed: could not find bridge docker0: route ip+net: no such network interface",
    "PROVIDER_ERROR",
  ],
  ["(HTTP code 404) no such container - network build-net not found", "CONFIG_INVALID"],
  ["(HTTP code 500) server error - something that nobody has seen yet", "PROVIDER_ERROR"],
])("what the engine says of its networks is told apart from what a configuration says: %s", (words, code) => {
  expect(dockerFailureCode(new Error(words))).toBe(code);
});
