/** A kubeconfig for one user; JSON is YAML. */
export function kubeconfigOf(server: string, authority: string, user: object): string {
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "test", cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") } },
      ],
      users: [{ name: "hodei", user }],
      contexts: [{ name: "test", context: { cluster: "test", user: "hodei", namespace: "default" } }],
      "current-context": "test",
    },
    null,
    2,
  );
}
