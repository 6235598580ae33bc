import type { ObjectStore } from "./object-store.ts";
import type { Container } from "./objects.ts";

/** Puts `$(NAME)` in the place of known variables; `$$` is a plain `$`, and what is not known stays as it is. */
export function expandVariables(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, first: string, name: string | undefined) => {
    if (first === "$") return "$";
    return name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? "") : whole;
  });
}

/** A container's variables in order, each expanded by those before it; values of Secrets are taken as they are. @throws what the kubelet says */
export function environmentOf(store: ObjectStore, namespace: string, { env = [] }: Container): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    const key = valueFrom?.secretKeyRef;
    values[name] = key ? secretValue(store, namespace, key.name ?? "", key.key) : expandVariables(value ?? "", values);
  }
  return values;
}

function secretValue(store: ObjectStore, namespace: string, name: string, key: string): string {
  const secret = store.get("secrets", namespace, name);
  if (!secret) throw new Error(`secret "${name}" not found`);
  const value = (secret["data"] as Record<string, string> | undefined)?.[key];
  if (value === undefined) throw new Error(`couldn't find key ${key} in Secret ${namespace}/${name}`);
  return Buffer.from(value, "base64").toString("utf8");
}
