import { readFileSync } from "node:fs";
import { keepSecret } from "@hodei/telemetry";

/** How to prove who we are to NATS. Secrets are functions: asked at each connect, held nowhere (design I6). */
export interface NatsAuth {
  user?: string;
  password?: () => string;
  token?: () => string;
  /** Content of a `.creds` file. */
  credentials?: () => Uint8Array;
  tls?: { caFile?: string; certFile?: string; keyFile?: string };
}

type Environment = Readonly<Record<string, string | undefined>>;
type NatsVariables = Partial<
  Record<`HODEI_NATS_${"USER" | "PASSWORD" | "TOKEN" | "CREDS" | "CA" | "CERT" | "KEY"}`, string | undefined>
>;

export function natsAuthOf(values: NatsVariables, env: Environment): NatsAuth {
  const {
    HODEI_NATS_USER: user,
    HODEI_NATS_PASSWORD: password,
    HODEI_NATS_TOKEN: token,
    HODEI_NATS_CREDS: creds,
  } = values;
  const { HODEI_NATS_CA: caFile, HODEI_NATS_CERT: certFile, HODEI_NATS_KEY: keyFile } = values;
  const tls = { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) };
  return {
    ...(user && { user }),
    ...(password && { password: () => keepSecret(resolveReference(password, env).toString("utf8").trim()) }),
    ...(token && { token: () => keepSecret(resolveReference(token, env).toString("utf8").trim()) }),
    ...(creds && { credentials: () => resolveReference(creds, env) }),
    ...(Object.keys(tls).length > 0 && { tls }),
  };
}

/** At the moment of use only. @throws when the variable is not set or the file cannot be read */
function resolveReference(reference: string, env: Environment): Buffer {
  if (reference.startsWith("file:")) return readFileSync(reference.slice("file:".length));
  const value = env[reference.slice("env:".length)];
  if (value === undefined) throw new Error(`${reference}: that environment variable is not set`);
  return Buffer.from(value);
}
