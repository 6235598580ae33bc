import { Code } from "@connectrpc/connect";
import { openApi } from "../api/open-api.ts";
import { UsageError, UserError } from "../errors.ts";
import { printLine, say } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";

/** `hodei providers drain`: no new work, then wait for the last worker. */
export async function drainProvider(
  name: string,
  { deadline, ...server }: ServerOptions & { deadline?: string },
): Promise<void> {
  if (deadline !== undefined && !/^\d+(\.\d+)?$/.test(deadline))
    throw new UsageError(`--deadline ${deadline}: write seconds, for example 600`);
  await using api = await openApi(server);
  const patience = deadline === undefined ? {} : { timeoutMs: Math.max(1, Number(deadline) * 1000) };
  let left = 0;
  try {
    for await (const { activeWorkers, drained } of api.providers.drainProvider({ providerId: name }, patience)) {
      if (drained) return printLine(`${name} is drained`);
      left = activeWorkers;
      say(`${left} workers still run on ${name}`);
    }
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== Code.DeadlineExceeded) throw error;
    throw new UserError(
      `${name} still has ${left} workers after ${deadline} s; it stays in MAINTENANCE, see: hodei jobs list --state running`,
      { cause: error },
    );
  }
  throw new UserError(`the server stopped before ${name} was empty; wait on with: hodei providers drain ${name}`);
}
