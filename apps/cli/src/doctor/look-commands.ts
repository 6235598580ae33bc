import type { Worker } from "@hodei/api/job";
import { shellWord } from "@hodei/placement";

/** What a person would type at the provider itself to see the worker. */
export function lookCommands({ providerType, providerName, name }: Worker): string[] {
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
