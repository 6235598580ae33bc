import type { Bus } from "@hodei/bus";
import { CheckAnswer, SUBJECTS } from "@hodei/contracts";
import { UserError } from "../errors.ts";

/** The slowest check there can be (timeout_seconds at most 300), and one that was under way before it. */
const LONGEST_MS = 640_000;

/**
 * Has the health service check a provider now, from where it reaches it, and yields what it says as it comes.
 * @throws UserError when no health service listens, or it refuses
 */
export async function* askCheck(bus: Bus, providerId: string): AsyncGenerator<CheckAnswer> {
  let isAnswered = false;
  for await (const data of bus.request(SUBJECTS.providerCheck, { provider_id: providerId }, LONGEST_MS)) {
    const answer = CheckAnswer.parse(JSON.parse(Buffer.from(data).toString("utf8")));
    if (answer.event === "refused") throw new UserError(answer.reason);
    isAnswered = true;
    yield answer;
  }
  if (!isAnswered) throw new UserError("no health service answers; see: hodei status, hodei logs health");
}
