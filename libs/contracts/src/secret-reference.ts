import { z } from "zod";
import { describe } from "./text.ts";

const REFERENCE = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^\0]+)$/;

/** A credential is written as where it is, never as what it is: `env:NAME` or `file:/path` (design I6). */
export const SecretReference = z
  .string({ error: "is not a reference; write env:NAME or file:/path" })
  .regex(REFERENCE, { error: "is not a reference; write env:NAME or file:/path, never the value itself" });

/** What a job may name: `env:HODEI_SECRET_*`, or a file (the provisioner checks it lies under `HODEI_SECRETS_DIR`). */
export function isJobSecretReference(reference: string): boolean {
  return /^env:HODEI_SECRET_[A-Z0-9_]+$/.test(reference) || /^file:\/(?!.*(?:^|\/)\.\.(?:\/|$))/.test(reference);
}

/** The sentence a job gets for a reference outside what jobs may name. */
export function jobSecretHint(reference: string): string {
  return `${describe(reference)} is outside what a job may name; write env:HODEI_SECRET_NAME or a file under HODEI_SECRETS_DIR`;
}
