import type { KubernetesConfig } from "./kubernetes-config.ts";

type Where = Pick<KubernetesConfig, "kubeconfig_path" | "context" | "namespace">;

/** What a person types to see the same as a provider of that configuration, safe to paste into a shell. */
export function kubectlCommand({ kubeconfig_path, context, namespace }: Where, args: readonly string[]): string {
  return [
    "kubectl",
    ...(kubeconfig_path ? ["--kubeconfig", kubeconfig_path] : []),
    ...(context ? ["--context", context] : []),
    ...args,
    "-n",
    namespace,
  ]
    .map(quote)
    .join(" ");
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
