import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import {
  formatProblem,
  memoryHint,
  type Problem,
  parseMemoryBytes,
  problemsOf,
  SecretReference,
} from "@hodei/contracts";
import { keepSecret, logLevelOf } from "@hodei/telemetry";
import { z } from "zod";
import {
  ACCESS_VARIABLES,
  type AccessSettings,
  accessSettingsOf,
  checkAccess,
  type TlsFiles,
  tlsFilesOf,
} from "./access-settings.ts";
import { readConfigFile } from "./config-file.ts";
import { type NatsAuth, natsAuthOf } from "./nats-auth.ts";
import { numberVariable } from "./number-variable.ts";
import { type PluginReference, pluginReferencesOf } from "./plugin-references.ts";
import { processIdentity } from "./process-identity.ts";
import { type RetentionSettings, retentionSettingsOf } from "./retention-settings.ts";

/** What a process is told from outside (design §3 "Environment"). */
export interface Settings {
  databaseUrl: string;
  natsUrl: string;
  /** From `HODEI_NATS_USER`, and `_PASSWORD`, `_TOKEN`, `_CREDS` as references; `_CA`, `_CERT`, `_KEY` are files. */
  natsAuth: NatsAuth;
  /** `debug`, or per service `info,selector=debug`. */
  logLevel: string;
  /** Where a local cluster and its workers keep their files. */
  home: string;
  /** 0 = any free port. */
  port: number;
  httpHost: string;
  /** Of the one service that others call: the registry. */
  tls: TlsFiles | undefined;
  access: AccessSettings;
  /** Unique to this process: host, pid, its start time and the boot it runs in. */
  instanceId: string;
  claimSeconds: number;
  sweepSeconds: number;
  retention: RetentionSettings;
  /** How often what a provider has is compared with the rows. */
  reconcileSeconds: number;
  /** How long an unhealthy provider keeps workers that nobody can see, before they count as lost. */
  lostAfterSeconds: number;
  /** The simulated provider runs nothing and reports success, so it must be asked for. */
  allowSimulated: boolean;
  /** Files that a job's `secrets` may name lie under it. */
  secretsDirectory: string | null;
  /** Packages that add provider types, from `HODEI_PLUGINS` or `[plugins] packages`. */
  plugins: readonly PluginReference[];
  /** What is kept of jobs' logs; `undefined` leaves the stream as it is. */
  jobLogs: { maxAgeSeconds: number | undefined; maxBytes: number | undefined; maxBytesPerAttempt: number };
}

/** Less would not hold what a writer has on its way at once. */
const SMALLEST_LOG_BYTES = 2 ** 20;

const Port = numberVariable(0, 65_535, true);
const Seconds = numberVariable(0.2, 3600, false);

const Bytes = z.string().transform((text, context) => {
  const bytes = parseMemoryBytes(text);
  if (bytes !== undefined && bytes >= SMALLEST_LOG_BYTES) return bytes;
  const message = bytes === undefined ? memoryHint(text) : `"${text}" is too little; write 1Mi or more`;
  context.addIssue({ code: "custom", message, input: text });
  return z.NEVER;
});

const Environment = z.object({
  ...ACCESS_VARIABLES,
  HODEI_DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: "is not a PostgreSQL URL; write for example postgres://hodei@127.0.0.1:5432/hodei",
    })
    .default("postgres://hodei@127.0.0.1:5432/hodei"),
  HODEI_NATS_URL: z
    .string()
    .refine((urls) => urls.split(",").every(isNatsUrl), {
      error: "is not a NATS URL; write for example nats://127.0.0.1:4222",
    })
    .default("nats://127.0.0.1:4222"),
  HODEI_NATS_USER: z.string().optional(),
  HODEI_NATS_PASSWORD: SecretReference.optional(),
  HODEI_NATS_TOKEN: SecretReference.optional(),
  HODEI_NATS_CREDS: SecretReference.optional(),
  HODEI_NATS_CA: z.string().optional(),
  HODEI_NATS_CERT: z.string().optional(),
  HODEI_NATS_KEY: z.string().optional(),
  HODEI_LOG_LEVEL: z.string().optional(),
  HODEI_CONFIG: z.string().optional(),
  HODEI_HOME: z.string().default(".hodei"),
  HODEI_HTTP_HOST: z.string().default("127.0.0.1"),
  HODEI_CLAIM_SECONDS: Seconds.default(15),
  HODEI_SWEEP_SECONDS: Seconds.default(5),
  HODEI_RECONCILE_SECONDS: Seconds.default(60),
  HODEI_LOST_AFTER_SECONDS: Seconds.default(300),
  HODEI_ALLOW_SIMULATED: z
    .enum(["0", "1", "true", "false"], { error: "is neither 1 nor 0; write one of them" })
    .default("0"),
  HODEI_SECRETS_DIR: z.string().optional(),
  HODEI_PLUGINS: z.string().optional(),
  HODEI_JOB_LOGS_MAX_AGE_HOURS: numberVariable(0.01, 8_760, false).optional(),
  HODEI_JOB_LOGS_MAX_BYTES: Bytes.optional(),
  HODEI_JOB_LOG_MAX_BYTES: Bytes.default(128 * 2 ** 20),
});

/** Ports the services have where nothing is said. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { registry: 8080 };

/** What is wrong with the settings: all of it, each with what to write instead. */
export class SettingsError extends Error {
  readonly code = "SETTINGS_INVALID";

  constructor(problems: readonly Problem[]) {
    super(["The settings cannot be used:", ...problems.map((problem) => `  ${formatProblem(problem)}`)].join("\n"));
    this.name = "SettingsError";
  }
}

/** Reads the settings of `service`; an empty variable counts as not set. @throws SettingsError with every problem at once */
export function loadSettings(
  service: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const problems: Problem[] = [];
  const portName = `HODEI_${service.toUpperCase()}_PORT`;
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) problems.push(...problemsOf(parsed.error));
  else checkAccess(parsed.data, problems);
  const port = Port.default(DEFAULT_PORTS[service] ?? 0).safeParse(given[portName]);
  if (!port.success) problems.push(...problemsOf(port.error).map(({ message }) => ({ path: portName, message })));
  const file = readConfigFile(given["HODEI_CONFIG"], problems);
  const retention = retentionSettingsOf(given, file, problems);
  checkLevel(`HODEI_CONFIG ${given["HODEI_CONFIG"]} logging.level`, file.level, service, problems);
  checkLevel("HODEI_LOG_LEVEL", given["HODEI_LOG_LEVEL"], service, problems);
  if (!parsed.success || !port.success || problems.length > 0) throw new SettingsError(problems);
  const { data } = parsed;
  for (const url of [data.HODEI_DATABASE_URL, ...data.HODEI_NATS_URL.split(",")]) keepPassword(url);
  return {
    databaseUrl: data.HODEI_DATABASE_URL,
    natsUrl: data.HODEI_NATS_URL,
    natsAuth: natsAuthOf(data, env),
    logLevel: data.HODEI_LOG_LEVEL ?? file.level ?? "info",
    home: resolve(data.HODEI_HOME),
    port: port.data,
    httpHost: data.HODEI_HTTP_HOST,
    tls: service === "registry" ? tlsFilesOf(data) : undefined,
    access: accessSettingsOf(data),
    instanceId: `${hostname()}:${processIdentity(process.pid) ?? `${process.pid}:${randomBytes(4).toString("hex")}`}`,
    claimSeconds: data.HODEI_CLAIM_SECONDS,
    sweepSeconds: data.HODEI_SWEEP_SECONDS,
    retention,
    reconcileSeconds: data.HODEI_RECONCILE_SECONDS,
    lostAfterSeconds: data.HODEI_LOST_AFTER_SECONDS,
    allowSimulated: data.HODEI_ALLOW_SIMULATED === "1" || data.HODEI_ALLOW_SIMULATED === "true",
    secretsDirectory: data.HODEI_SECRETS_DIR ? resolve(data.HODEI_SECRETS_DIR) : null,
    plugins: pluginReferencesOf(data.HODEI_PLUGINS, file),
    jobLogs: {
      maxAgeSeconds: data.HODEI_JOB_LOGS_MAX_AGE_HOURS && data.HODEI_JOB_LOGS_MAX_AGE_HOURS * 3600,
      maxBytes: data.HODEI_JOB_LOGS_MAX_BYTES,
      maxBytesPerAttempt: data.HODEI_JOB_LOG_MAX_BYTES,
    },
  };
}

function checkLevel(path: string, level: string | undefined, service: string, problems: Problem[]): void {
  if (level === undefined) return;
  try {
    logLevelOf(level, service);
  } catch (error) {
    problems.push({ path, message: error instanceof Error ? error.message : String(error) });
  }
}

/** What stands in a URL is known to every error that quotes it, whole or in pieces. */
function keepPassword(url: string): void {
  const { password } = new URL(url.trim());
  keepSecret(password);
  keepSecret(decodeURIComponent(password));
}

function isNatsUrl(text: string): boolean {
  return URL.canParse(text.trim()) && ["nats:", "tls:"].includes(new URL(text.trim()).protocol);
}
