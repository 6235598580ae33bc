import { FLEET_MESSAGES } from "./fleet-messages.ts";
import { JOB_MESSAGES } from "./job-messages.ts";

/** The body of every subject, by the name of its schema in libs/contracts. */
export const MESSAGES = { ...JOB_MESSAGES, ...FLEET_MESSAGES };
export type MessageName = keyof typeof MESSAGES;
