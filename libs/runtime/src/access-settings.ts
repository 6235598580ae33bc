import { readFileSync } from "node:fs";
import type { Problem } from "@hodei/contracts";
import { ROLES, type Role } from "@hodei/contracts";
import { z } from "zod";

/** Who may use the API, and how much (docs/api/access.md). */
export interface AccessSettings {
  oidc: { issuer: string; audience: string; roleClaim: string; roles: ReadonlyMap<string, Role> } | undefined;
  limits: { callsPerSecond: number; callsAtOnce: number; stalledSeconds: number };
  /** How long lines of the audit log are kept. */
  auditDays: number;
}

/** Files of the API's certificate; `clientCa` makes callers show one too. */
export interface TlsFiles {
  cert: string;
  key: string;
  clientCa: string | undefined;
  /** Common names of client certificates, and what they may do without a token. */
  clientRoles: ReadonlyMap<string, Role>;
}

const Count = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, { error: (issue) => `"${String(issue.input)}" is no number from 1 to 9999999; write one` })
  .transform(Number);

const RoleMap = z.string().transform((text, context) => {
  const pairs = text.split(",").map((pair) => pair.trim().split(/=(?=[^=]*$)/));
  const roles = new Map<string, Role>();
  for (const [word = "", role] of pairs) {
    const known = ROLES.find((each) => each === role);
    if (word !== "" && known) roles.set(word, known);
    else
      context.addIssue({
        code: "custom",
        message: `"${[word, role].filter(Boolean).join("=")}" is no NAME=ROLE; write for example platform=admin,developers=operator`,
      });
  }
  return roles;
});

/** The variables, for the schema of all of them. */
export const ACCESS_VARIABLES = {
  HODEI_OIDC_ISSUER: z
    .string()
    .refine(isIssuer, { error: "is no issuer; write an https URL, exactly as the issuer's tokens say it" })
    .optional(),
  HODEI_OIDC_AUDIENCE: z.string().optional(),
  HODEI_OIDC_ROLE_CLAIM: z.string().default("hodei_role"),
  HODEI_OIDC_ROLES: RoleMap.optional(),
  HODEI_RATE_LIMIT: Count.default(500),
  HODEI_MAX_CALLS_AT_ONCE: Count.default(2000),
  HODEI_STALLED_READER_SECONDS: Count.default(60),
  HODEI_AUDIT_DAYS: z
    .string()
    .regex(/^(9\d|[1-9]\d{2,4})$/, {
      error: (issue) =>
        `"${String(issue.input)}" is no number of days from 90 to 99999; the database keeps lines of the audit log for 90 days at least`,
    })
    .transform(Number)
    .default(90),
  HODEI_TLS_CERT: z.string().optional(),
  HODEI_TLS_KEY: z.string().optional(),
  HODEI_TLS_CLIENT_CA: z.string().optional(),
  HODEI_TLS_CLIENT_ROLES: RoleMap.optional(),
};

const Variables = z.object(ACCESS_VARIABLES);

export function accessSettingsOf(data: z.infer<typeof Variables>): AccessSettings {
  const { HODEI_OIDC_ISSUER: issuer, HODEI_OIDC_AUDIENCE: audience, HODEI_OIDC_ROLES: roles } = data;
  return {
    oidc:
      issuer && audience
        ? { issuer, audience, roleClaim: data.HODEI_OIDC_ROLE_CLAIM, roles: roles ?? new Map() }
        : undefined,
    limits: {
      callsPerSecond: data.HODEI_RATE_LIMIT,
      callsAtOnce: data.HODEI_MAX_CALLS_AT_ONCE,
      stalledSeconds: data.HODEI_STALLED_READER_SECONDS,
    },
    auditDays: data.HODEI_AUDIT_DAYS,
  };
}

export function tlsFilesOf(data: z.infer<typeof Variables>): TlsFiles | undefined {
  const { HODEI_TLS_CERT: cert, HODEI_TLS_KEY: key, HODEI_TLS_CLIENT_CA: clientCa } = data;
  return cert && key ? { cert, key, clientCa, clientRoles: data.HODEI_TLS_CLIENT_ROLES ?? new Map() } : undefined;
}

/** What only goes together, and files that cannot be read. */
export function checkAccess(data: z.infer<typeof Variables>, problems: Problem[]): void {
  const needs = (name: keyof typeof data, other: keyof typeof data, why: string) => {
    if (data[name] && !data[other]) problems.push({ path: other, message: `is missing; ${why}` });
  };
  needs("HODEI_OIDC_ISSUER", "HODEI_OIDC_AUDIENCE", "write the audience that tokens for Hodei have");
  needs("HODEI_OIDC_AUDIENCE", "HODEI_OIDC_ISSUER", "write who issues the tokens");
  needs("HODEI_TLS_CERT", "HODEI_TLS_KEY", "write the file of the certificate's key");
  needs("HODEI_TLS_KEY", "HODEI_TLS_CERT", "write the file of the certificate");
  needs("HODEI_TLS_CLIENT_CA", "HODEI_TLS_CERT", "client certificates are asked for over TLS only");
  needs(
    "HODEI_TLS_CLIENT_ROLES",
    "HODEI_TLS_CLIENT_CA",
    "write the file of the authority that signs client certificates",
  );
  for (const name of ["HODEI_TLS_CERT", "HODEI_TLS_KEY", "HODEI_TLS_CLIENT_CA"] as const) {
    const path = data[name];
    if (path) checkFile(name, path, problems);
  }
}

function checkFile(name: string, path: string, problems: Problem[]): void {
  try {
    readFileSync(path);
  } catch (error) {
    problems.push({
      path: name,
      message: `${path} cannot be read (${error instanceof Error ? error.message : String(error)}); write the path of a PEM file`,
    });
  }
}

/** Plain HTTP only to this machine: its keys could be anybody's otherwise. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}
