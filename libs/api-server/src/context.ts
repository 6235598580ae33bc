import type { Bus } from "@hodei/bus";
import type { Store } from "@hodei/store";
import type { Logger } from "@hodei/telemetry";

/** What the API does with messages. */
export type ApiBus = Pick<Bus, "publish" | "subscribe" | "request" | "readJobLogs" | "lastJobLog" | "check">;

/** What the services stand on. The API has no state of its own: rows are the truth, messages the news of them. */
export interface ApiContext {
  store: Store;
  bus: ApiBus;
  logger: Logger;
  /** Ends every stream: the server stops. */
  signal: AbortSignal;
}
