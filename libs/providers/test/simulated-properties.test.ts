import fc from "fast-check";
import { expect, test } from "vitest";
import { followExits } from "../src/conformance/follow-exits.ts";
import { workerOf } from "../src/conformance/worker-of.ts";
import { openProvider, type Provider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

/** What the promises of a provider say must be there, and how often each worker must have ended. */
interface World {
  endsAtOnce: boolean;
  there: Map<string, "running" | "exited">;
  ends: Map<string, number>;
}

const signal = () => AbortSignal.timeout(20_000);

/** One call, made at the provider and in the model of it. */
const calls = {
  async start(provider: Provider, world: World, name: string) {
    const { adopted } = await provider.start({ ...workerOf(["true"]), name }, signal());
    expect(adopted).toBe(world.there.has(name));
    if (adopted) return;
    world.there.set(name, "running");
    if (world.endsAtOnce) end(world, name);
  },
  async stop(provider: Provider, world: World, name: string) {
    await provider.stop(name, 0);
    if (world.there.get(name) === "running") end(world, name);
  },
  async remove(provider: Provider, world: World, name: string) {
    await provider.remove(name);
    if (world.there.get(name) === "exited") world.there.delete(name);
  },
};

function end({ there, ends }: World, name: string): void {
  there.set(name, "exited");
  ends.set(name, (ends.get(name) ?? 0) + 1);
}

const arbitraryCalls = fc.array(fc.tuple(fc.constantFrom("start", "stop", "remove"), fc.nat(3)), { maxLength: 40 });

test("whatever is asked of it in whatever order, a worker runs once, ends once, and goes only after its end", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCalls, fc.boolean(), async (asked, endsAtOnce) => {
      const config = { type: "simulated", run_time_ms: endsAtOnce ? 0 : 3_600_000 };
      await using provider = await openProvider("simulated", config, adapterContext("/nonexistent"));
      const exits = followExits(provider);
      const world: World = { endsAtOnce, there: new Map(), ends: new Map() };
      for (const [call, i] of asked) {
        await calls[call](provider, world, `hodei-p${i}-1`);
        const found = await provider.list(signal());
        expect(new Map(found.map(({ name, state }) => [name, state]))).toEqual(world.there);
      }
      // Ends are told in order: once this one is, all were.
      await calls.start(provider, world, "hodei-last-1");
      await calls.stop(provider, world, "hodei-last-1");
      await exits.of("hodei-last-1");
      await exits.close();
      expect([...world.ends.keys()].map((name) => [name, exits.count(name)])).toEqual([...world.ends]);
    }),
  );
});
