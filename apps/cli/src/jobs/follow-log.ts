import type { LogsRequest, LogsResponse } from "@hodei/api/job";
import type { Api } from "../api/open-api.ts";
import type { Outage } from "./outage.ts";

/** What of the log is shown, as `Logs` is asked. */
export type LogSelection = Partial<Pick<LogsRequest, "attempt" | "streams" | "tailLines">>;

type FollowRequest = { jobId: string } & LogSelection;

/** A reading that lasted so long had reached the server. */
const STEADY_MS = 10_000;

/** A job's log to its end, also where the server goes away in between: then it is read anew, and what was told is passed over. */
export async function* followLog(api: Api, request: FollowRequest, outage: Outage): AsyncGenerator<LogsResponse> {
  const told = makeTold();
  for (;;) {
    // What a broken reading left out must not be counted from the end again.
    const asked = told.isEmpty() ? request : withoutTail(request);
    const begun = performance.now();
    try {
      for await (const message of api.jobs.logs({ ...asked, follow: true, tellEnd: true })) {
        outage.over();
        if (told.isNew(message)) yield message;
      }
      return;
    } catch (error) {
      // The job was silent, not the server: what ends the reading now is an outage of its own.
      if (performance.now() - begun > STEADY_MS) outage.over();
      await outage.bear(error);
    }
  }
}

function withoutTail({ jobId, attempt, streams }: FollowRequest): FollowRequest {
  return { jobId, ...(attempt !== undefined && { attempt }), ...(streams && { streams }) };
}

/** What was told, by where it ends in its stream. */
function makeTold() {
  const ends = new Map<string, bigint>();
  /** The latest that was told: of a stream that had said nothing, what is older was left out by `tailLines`. */
  let latest = 0n;
  return {
    isEmpty: () => ends.size === 0,
    isNew({ attempt, stream, offset, bytes, at, end }: LogsResponse): boolean {
      if (end) return true;
      const key = `${attempt} ${stream}`;
      const time = (at?.seconds ?? 0n) * 1_000_000_000n + BigInt(at?.nanos ?? 0);
      const known = ends.get(key);
      if (known === undefined ? time < latest : offset + bytes <= known) return false;
      ends.set(key, offset + bytes);
      if (time > latest) latest = time;
      return true;
    },
  };
}
