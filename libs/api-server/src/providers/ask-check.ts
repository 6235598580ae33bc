import { Code, ConnectError } from "@connectrpc/connect";
import { CheckAnswer, SUBJECTS } from "@hodei/contracts";
import type { ApiBus } from "../context.ts";

/** The slowest check there can be (timeout_seconds at most 300), and one that was under way before it. */
const LONGEST_MS = 640_000;

/**
 * Has the health service check a provider now, from where it reaches it, and yields what it says as it comes.
 * @throws FAILED_PRECONDITION where it refuses; UNAVAILABLE when no health service listens
 */
export async function* askCheck(bus: Pick<ApiBus, "request">, providerId: string): AsyncGenerator<CheckAnswer> {
  let isAnswered = false;
  for await (const data of bus.request(SUBJECTS.providerCheck, { provider_id: providerId }, LONGEST_MS)) {
    const answer = CheckAnswer.parse(JSON.parse(Buffer.from(data).toString("utf8")));
    if (answer.event === "refused") throw new ConnectError(answer.reason, Code.FailedPrecondition);
    isAnswered = true;
    yield answer;
  }
  if (!isAnswered)
    throw new ConnectError(
      "no health service answers; start one, or see why it stopped: hodei logs health",
      Code.Unavailable,
    );
}
