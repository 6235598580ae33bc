import type { KubernetesConfig } from "./kubernetes-config.ts";

type Where = Pick<KubernetesConfig, "kubeconfig_path" | "context" | "namespace">;

/** What a person types to see the same as a provider of that configuration, safe to paste into a shell; the namespace stands before `options`. */
export function kubectlCommand(
  { kubeconfig_path, context, namespace }: Where,
  args: readonly string[],
  options: readonly string[] = [],
): string {
  return [
    "kubectl",
    ...(kubeconfig_path ? ["--kubeconfig", kubeconfig_path] : []),
    ...(context ? ["--context", context] : []),
    ...args,
    "-n",
    namespace,
    ...options,
  ]
    .map(quote)
    .join(" ");
}

function quote(word: string): string {
  const option = /^([a-z]+=)(.*[{}].*)$/.exec(word);
  if (option) return `${option[1]}${quote(option[2] ?? "")}`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
