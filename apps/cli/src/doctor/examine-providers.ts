import { formatProblem, HealthCheckConfig, type Problem } from "@hodei/contracts";
import type { AdviceKey } from "@hodei/diagnostics";
import { shellWord, sqlText } from "@hodei/placement";
import { advised, type Finding } from "./finding.ts";
import type { HealthRow, ProviderRow } from "./read-provider-rows.ts";

/** A check that is this many intervals late is not a late one. */
const LATE_INTERVALS = 3;
const DAY_MS = 86_400_000;

interface Examined {
  provider: ProviderRow;
  health: HealthRow | null;
}

/** Everything that rows say of one provider; `now` by the database's clock. Pure. */
export function providerFindings(each: Examined, now: Date): Finding[] {
  const { provider, health } = each;
  const findings = [...configFindings(provider), ...statusFindings(each), ...healthFindings(each, now)];
  findings.push(...slotFindings(provider));
  if (findings.some(({ severity }) => severity !== "note")) return findings;
  const text = `${provider.name} is ${provider.status}, ${health?.health ?? "unknown"}, ${provider.activeWorkers} of ${provider.maxWorkers} slots taken`;
  return [{ area: "providers", severity: "ok", text }, ...findings];
}

const of = (area: "providers", severity: Finding["severity"], text: string) => ({ area, severity, text }) as const;

function configFindings({ name, configErrors }: ProviderRow): Finding[] {
  if (configErrors === null) {
    return [
      {
        ...of("providers", "warning", `the configuration of ${name} was not validated yet`),
        cause: "the registry validates within a second of each change; none does now",
        fix: "start the registry",
        commands: ["hodei status", "hodei logs registry"],
      },
    ];
  }
  return configErrors.map((problem) =>
    advised(adviceOn(problem), {
      ...of("providers", "problem", `${name} takes no work, its configuration is not valid: ${formatProblem(problem)}`),
      code: "CONFIG_INVALID",
      commands: [
        `hodei providers update ${shellWord(name)} -f FILE`,
        `SELECT name, provider_type, config, config_errors FROM provider_configs WHERE name = ${sqlText(name)};`,
      ],
    }),
  );
}

function adviceOn({ path, message }: Problem): AdviceKey {
  if (path === "provider_type" || (path === "type" && !message.startsWith("is missing"))) return "PROVIDER_TYPE";
  if (/URL|endpoint/.test(message) || path === "endpoint") return "CONNECTION_STRING";
  return /is missing|expected|nothing/i.test(message) ? "MISSING_FIELDS" : "JSON_SYNTAX";
}

function statusFindings({ provider, health }: Examined): Finding[] {
  const { name, status } = provider;
  if (status === "DISABLED" || status === "MAINTENANCE") {
    const what = status === "DISABLED" ? "and is not checked" : "and lets its running work finish";
    return [
      advised("PROVIDER_NOT_LISTED", {
        ...of("providers", "note", `${name} is ${status}, as an operator said: it takes no work ${what}`),
        commands: [`hodei providers enable ${shellWord(name)}`],
      }),
    ];
  }
  if (status === "UNHEALTHY" && health?.health !== "unhealthy") {
    return [
      advised("STATUS_UNHEALTHY", {
        ...of("providers", "problem", `${name} is UNHEALTHY: ${provider.statusReason ?? "an operator said so"}`),
        commands: [`hodei doctor --provider ${shellWord(name)}`],
      }),
    ];
  }
  return [];
}

function healthFindings({ provider, health }: Examined, now: Date): Finding[] {
  const { name, status, configErrors } = provider;
  if (status === "DISABLED" || (configErrors?.length ?? 1) > 0) return [];
  const check = [`hodei doctor --provider ${shellWord(name)}`];
  const interval = intervalOf(provider);
  const age = (now.getTime() - (health?.checkedAt ?? provider.updatedAt).getTime()) / 1000;
  if (age > interval * LATE_INTERVALS + LATE_INTERVALS) {
    return [
      {
        ...of(
          "providers",
          "problem",
          `${name} was ${health?.checkedAt ? `last checked ${Math.round(age)} s ago` : "never checked"}`,
        ),
        cause: `it is to be checked every ${interval} s; no health service does`,
        fix: "start the health service",
        commands: ["hodei status", "hodei logs health"],
      },
    ];
  }
  if (!health?.checkedAt || health.health === "healthy") return certificateNote(name, health, now);
  const isOut = health.health === "unhealthy";
  const words = [health.code, health.cause].filter(Boolean).join(": ");
  const since = health.healthSince ? ` since ${health.healthSince.toISOString()}` : "";
  return [
    {
      ...of(
        "providers",
        isOut ? "problem" : "warning",
        `${name} is ${health.health}${since}: ${words}${health.detail ? ` (${health.detail})` : ""}`,
      ),
      ...(health.code && { code: health.code }),
      ...(health.cause && { cause: health.cause }),
      ...(health.fix && { fix: health.fix }),
      commands: [...failedCommands(health), ...check],
      advice: [isOut ? "STATUS_UNHEALTHY" : "STATUS_DEGRADED", "NOT_AVAILABLE", ...slowAdvice(health)],
    },
  ];
}

/** What a person would type to see the same as the steps that failed: `kubectl auth can-i …`. */
function failedCommands({ steps }: HealthRow): string[] {
  return steps.flatMap(({ ok, command }) => (!ok && command ? [command] : []));
}

function slowAdvice({ code, detail }: HealthRow): AdviceKey[] {
  const isLate = code === "UNREACHABLE" && /no answer|timed? ?out/i.test(detail ?? "");
  return isLate || code === "SLOW_ANSWERS" || code === "FLAPPING" ? ["HEALTH_CHECK_SLOW"] : [];
}

/** Healthy, and told early enough to be mended at leisure. */
function certificateNote(name: string, health: HealthRow | null, now: Date): Finding[] {
  if (!health?.certificateExpiresAt) return [];
  const days = Math.floor((health.certificateExpiresAt.getTime() - now.getTime()) / DAY_MS);
  return [of("providers", "note", `${name}: its certificate is good for ${days} days more`)];
}

function slotFindings({ name, status, activeWorkers, maxWorkers }: ProviderRow): Finding[] {
  if (status !== "ACTIVE" || activeWorkers < maxWorkers) return [];
  const text =
    maxWorkers === 0
      ? `${name} takes no workers: max_workers is 0`
      : `${name} is full: ${activeWorkers} of ${maxWorkers} slots taken`;
  const more = Math.max(1, maxWorkers * 2);
  return [
    advised("NO_WORKERS_CREATED", {
      ...of("providers", maxWorkers === 0 ? "warning" : "note", text),
      commands: [`UPDATE provider_configs SET max_workers = ${more} WHERE name = ${sqlText(name)};`],
    }),
  ];
}

function intervalOf({ config }: ProviderRow): number {
  const parsed = HealthCheckConfig.safeParse(config["health_check_config"] ?? {});
  return (parsed.success ? parsed.data : HealthCheckConfig.parse({})).intervalSeconds;
}
