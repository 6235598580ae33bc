import { readFileSync } from "node:fs";
import { keepSecret } from "@hodei/telemetry";

/** The value behind `env:NAME` or `file:/path` of a provider's configuration, at the moment of use. @throws naming the reference, never a value */
export function resolveReference(reference: string): string {
  if (reference.startsWith("env:")) {
    const value = process.env[reference.slice("env:".length)];
    if (value === undefined) throw new Error(`${reference} is not set in this process`);
    return keepSecret(value);
  }
  try {
    return keepSecret(readFileSync(reference.slice("file:".length), "utf8").trim());
  } catch (error) {
    throw new Error(`${reference} cannot be read`, { cause: error });
  }
}
