import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPackage } from "@hodei/testing";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { loadAdapters } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

const EXAMPLE = fileURLToPath(new URL("../../../docs/providers/example", import.meta.url));

describeConformance("the example of a plug-in", { outlives: true, runs: true }, async () => {
  const installed = await installPackage(EXAMPLE);
  const context = adapterContext(join(installed.folder, "state"));
  const adapters = await loadAdapters([{ name: "hodei-nice", folder: installed.folder }], context.logger);
  return {
    open: () => adapters.open("nice", { type: "nice", niceness: 5 }, context),
    close: () => Promise.resolve(installed[Symbol.asyncDispose]()),
  };
});
