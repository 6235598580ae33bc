import type { WorkerRow } from "../jobs/read-job.ts";
import { shellWord } from "./quote.ts";

/** What a person would type at the provider itself to see the worker. */
export function lookCommands({ providerType, providerName, name }: WorkerRow): string[] {
  const check = `hodei doctor --provider ${shellWord(providerName)}`;
  switch (providerType) {
    case "docker":
      return [`docker inspect ${name}`, check];
    case "kubernetes":
      return [`kubectl describe job ${name}`, "kubectl get events --sort-by=.lastTimestamp", check];
    default:
      return [check];
  }
}
