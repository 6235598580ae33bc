import { type Client, createClient } from "@connectrpc/connect";
import { TokenService } from "@hodei/api/access";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type ServerOptions, serverOf } from "../server-options.ts";
import { explained } from "./explained.ts";
import type { Route } from "./route.ts";

/** The API, for one command. Its errors are UserErrors. */
export interface Api extends AsyncDisposable {
  readonly jobs: Client<typeof JobService>;
  readonly providers: Client<typeof ProviderService>;
  readonly tokens: Client<typeof TokenService>;
}

/**
 * Over the network where a server is named; else the very same calls in this process, over the database and NATS themselves.
 * Each way is loaded when it is taken: the second brings the whole server along.
 */
export async function openApi(options: ServerOptions): Promise<Api> {
  const url = serverOf(options);
  return url === undefined
    ? await openDirectApi()
    : apiBy((await import("./server-route.ts")).openServerRoute(url, options));
}

/** Whatever server is named: for who looks at the database anyway. */
export async function openDirectApi(): Promise<Api> {
  return apiBy(await (await import("./direct-route.ts")).openDirectRoute());
}

function apiBy(route: Route): Api {
  const transport = explained(route.transport, route.name);
  return {
    jobs: createClient(JobService, transport),
    providers: createClient(ProviderService, transport),
    tokens: createClient(TokenService, transport),
    [Symbol.asyncDispose]: () => route[Symbol.asyncDispose](),
  };
}
