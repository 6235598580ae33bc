import { type Queryable, readProvider } from "@hodei/store";
import { openProviderRuntime, type ProviderRuntime, type ProviderRuntimeOptions } from "./provider-runtime.ts";

/** The providers that are open here. */
export interface ProviderRuntimes extends AsyncDisposable {
  /** Opens a provider on first use. @throws when its row is gone or its configuration cannot be opened */
  get(providerId: string): Promise<ProviderRuntime>;
  /** What is known of a provider's configuration may be old: the next use reads it again. */
  forget(providerId: string): void;
  /** Starts that wait or run, over all providers. */
  backlog(): number;
}

export function makeProviderRuntimes(db: Queryable, options: ProviderRuntimeOptions): ProviderRuntimes {
  const open = new Map<string, Promise<ProviderRuntime>>();
  const opened = new Set<ProviderRuntime>();
  const doubted = new Set<string>();

  async function openOnce(providerId: string): Promise<ProviderRuntime> {
    const source = await readProvider(db, providerId);
    if (!source) throw new Error(`provider ${providerId} was removed`);
    const runtime = await openProviderRuntime(source, options);
    opened.add(runtime);
    return runtime;
  }

  /** A changed configuration opens the provider anew; the old one goes on watching what it started. */
  async function reopenIfChanged(providerId: string, current: ProviderRuntime): Promise<ProviderRuntime> {
    const source = await readProvider(db, providerId);
    const isSame =
      source?.providerType === current.source.providerType &&
      JSON.stringify(source.config) === JSON.stringify(current.source.config);
    if (isSame || !source) return current;
    const next = await openOnce(providerId);
    await current.provider.retire?.();
    return next;
  }

  return {
    async get(providerId) {
      const known = open.get(providerId);
      const isDoubted = doubted.delete(providerId);
      if (known && !isDoubted) return await known;
      const next = known ? known.then((current) => reopenIfChanged(providerId, current)) : openOnce(providerId);
      open.set(providerId, next);
      // One that could not be opened is tried again by the next use; what is open goes on serving the workers it has.
      next.catch(() => {
        if (open.get(providerId) !== next) return;
        if (known) open.set(providerId, known);
        else open.delete(providerId);
        doubted.add(providerId);
      });
      return await next;
    },
    forget: (providerId) => void doubted.add(providerId),
    backlog: () => [...opened].reduce((sum, runtime) => sum + runtime.queue.size, 0),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...opened].map((runtime) => runtime[Symbol.asyncDispose]()));
    },
  };
}
