import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { formatProblem, problemsOf } from "@hodei/contracts";
import { logLevelOf } from "@hodei/telemetry";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { processIdentity } from "./process-identity.ts";

/** What a process is told from outside (design §3 "Environment"). */
export interface Settings {
  databaseUrl: string;
  natsUrl: string;
  /** `debug`, or per service `info,selector=debug`. */
  logLevel: string;
  /** Where a local cluster and its workers keep their files. */
  home: string;
  /** 0 = any free port. */
  port: number;
  httpHost: string;
  /** Unique to this process: host, pid, its start time and the boot it runs in. */
  instanceId: string;
  claimSeconds: number;
  sweepSeconds: number;
  /** The simulated provider runs nothing and reports success, so it must be asked for. */
  allowSimulated: boolean;
  /** Files that a job's `secrets` may name lie under it. */
  secretsDirectory: string | null;
}

const Port = z.coerce.number().int().min(0).max(65_535);
const Seconds = z.coerce.number().min(0.2).max(3600);

const Environment = z.object({
  HODEI_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: "is not a PostgreSQL URL; write for example postgres://hodei@127.0.0.1:5432/hodei" })
    .default("postgres://hodei@127.0.0.1:5432/hodei"),
  HODEI_NATS_URL: z
    .url({ protocol: /^(nats|tls|ws|wss)$/, error: "is not a NATS URL; write for example nats://127.0.0.1:4222" })
    .default("nats://127.0.0.1:4222"),
  HODEI_LOG_LEVEL: z.string().optional(),
  HODEI_CONFIG: z.string().optional(),
  HODEI_HOME: z.string().default(".hodei"),
  HODEI_HTTP_HOST: z.string().default("127.0.0.1"),
  HODEI_CLAIM_SECONDS: Seconds.default(15),
  HODEI_SWEEP_SECONDS: Seconds.default(5),
  HODEI_ALLOW_SIMULATED: z.enum(["0", "1", "true", "false"], { error: "is neither 1 nor 0; write one of them" }).default("0"),
  HODEI_SECRETS_DIR: z.string().optional(),
});

const ConfigFile = z.object({ logging: z.object({ level: z.string().optional() }).optional() });

/** Ports the services have where nothing is said. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { registry: 8080 };

/** Reads the settings of `service`. @throws Error with every problem at once, each with what to write instead */
export function loadSettings(service: string, env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const portName = `HODEI_${service.toUpperCase()}_PORT`;
  const schema = Environment.extend({ [portName]: Port.default(DEFAULT_PORTS[service] ?? 0) });
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (!parsed.success) throw new Error(`settings: ${problemsOf(parsed.error).map(formatProblem).join("; ")}`);
  const { data } = parsed;
  const logLevel = data.HODEI_LOG_LEVEL ?? (data.HODEI_CONFIG ? levelInFile(data.HODEI_CONFIG) : undefined) ?? "info";
  try {
    logLevelOf(logLevel, service);
  } catch (error) {
    throw new Error(`settings: HODEI_LOG_LEVEL: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return {
    databaseUrl: data.HODEI_DATABASE_URL,
    natsUrl: data.HODEI_NATS_URL,
    logLevel,
    home: resolve(data.HODEI_HOME),
    port: Number(Reflect.get(data, portName)),
    httpHost: data.HODEI_HTTP_HOST,
    instanceId: `${hostname()}:${processIdentity(process.pid) ?? `${process.pid}:${randomBytes(4).toString("hex")}`}`,
    claimSeconds: data.HODEI_CLAIM_SECONDS,
    sweepSeconds: data.HODEI_SWEEP_SECONDS,
    allowSimulated: data.HODEI_ALLOW_SIMULATED === "1" || data.HODEI_ALLOW_SIMULATED === "true",
    secretsDirectory: data.HODEI_SECRETS_DIR ? resolve(data.HODEI_SECRETS_DIR) : null,
  };
}

function levelInFile(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`settings: HODEI_CONFIG: ${path} cannot be read; write the path of a TOML file`, { cause: error });
  }
  const parsed = ConfigFile.safeParse(parseToml(text));
  if (!parsed.success) throw new Error(`settings: ${path}: ${problemsOf(parsed.error).map(formatProblem).join("; ")}`);
  return parsed.data.logging?.level;
}
