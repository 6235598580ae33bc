import { once } from "node:events";
import { createServer } from "node:net";
import { lambdaEndpoint } from "@hodei/testing";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";
import { lambdaConfig } from "./lambda-config.ts";

const POWERS = { outlives: false, runs: true, reachesRunning: false, atOnce: 20 };

for (const runtime of ["provided.al2023", "nodejs22.x", "python3.13"])
  describeConformance(`lambda with ${runtime}`, POWERS, async () => {
    const endpoint = await lambdaEndpoint();
    const context = adapterContext("/nonexistent");
    return {
      open: () => openProvider("lambda", lambdaConfig(endpoint, { runtime }), context),
      async openHung() {
        const server = createServer(() => undefined).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as { port: number };
        const config = { ...lambdaConfig(endpoint, { runtime }), endpoint: `http://127.0.0.1:${port}` };
        const provider = await openProvider("lambda", config, context);
        return {
          ...provider,
          async [Symbol.asyncDispose]() {
            await provider[Symbol.asyncDispose]();
            server.close();
          },
        };
      },
      async close() {
        await endpoint[Symbol.asyncDispose]();
      },
    };
  });
