import { readFile, realpath } from "node:fs/promises";
import { sep } from "node:path";
import { keepSecret } from "@hodei/telemetry";

/** Why a secret could not be had; never holds its value. */
export class SecretError extends Error {
  constructor(name: string, reference: string, reason: string) {
    super(`secret ${name} (${reference}) ${reason}`);
    this.name = "SecretError";
  }
}

/** Resolves a job's references, at the moment of use and nowhere else (design I6). @throws SecretError */
export async function resolveSecrets(
  references: Readonly<Record<string, string>>,
  secretsDirectory: string | null,
): Promise<Record<string, string>> {
  const resolved: Record<string, string> = {};
  for (const [name, reference] of Object.entries(references)) {
    const value = reference.startsWith("env:")
      ? fromEnvironment(name, reference)
      : await fromFile(name, reference, secretsDirectory);
    resolved[name] = keepSecret(value);
  }
  return resolved;
}

function fromEnvironment(name: string, reference: string): string {
  const variable = reference.slice("env:".length);
  const value = variable.startsWith("HODEI_SECRET_") ? process.env[variable] : undefined;
  if (value === undefined) throw new SecretError(name, reference, "is not set where the provisioner runs");
  return value;
}

async function fromFile(name: string, reference: string, directory: string | null): Promise<string> {
  if (!directory)
    throw new SecretError(name, reference, "is a file, but HODEI_SECRETS_DIR is not set for the provisioner");
  try {
    // Links are followed first: what counts is where the file really is.
    const [root, path] = await Promise.all([realpath(directory), realpath(reference.slice("file:".length))]);
    if (!path.startsWith(root + sep)) throw new SecretError(name, reference, "lies outside HODEI_SECRETS_DIR");
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    if (error instanceof SecretError) throw error;
    throw new SecretError(name, reference, "cannot be read by the provisioner");
  }
}
