import type { JobSpec } from "@hodei/contracts";
import type { Refusal } from "./decision.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import { shellWord, sqlJson, sqlText } from "./quote.ts";

/** A way out: what it does, and the command for it. One that ends with `;` is SQL. */
export interface Remedy {
  what: string;
  command: string;
}

/** The job as a person would submit it again. */
export interface AskingJob {
  id: string;
  command: readonly string[];
  requiredLabels: Readonly<Record<string, string>>;
  requiredAnnotations: Readonly<Record<string, string>>;
}

export function askingJob(id: string, spec: JobSpec): AskingJob {
  const { command = [], requiredLabels, requiredAnnotations } = spec;
  return { id, command, requiredLabels, requiredAnnotations };
}

/** What would make this provider take the job: by changing the provider, and by changing the job. Pure. */
export function remediesOf(refusal: Refusal, provider: FleetProvider, job: AskingJob): Remedy[] {
  const update = (assignment: string) =>
    `UPDATE provider_configs SET ${assignment} WHERE name = ${sqlText(provider.name)};`;
  const name = shellWord(provider.name);
  const again = (flag: string) =>
    `hodei jobs cancel ${job.id} && ${["hodei run", flag, "--"].filter(Boolean).join(" ")} ${job.command.map(shellWord).join(" ") || "COMMAND"}`;
  switch (refusal.rule) {
    case "E1":
      return statusRemedies(refusal, provider, update);
    case "E2":
      return [{ what: "see what its health check says", command: `hodei doctor --provider ${name}` }];
    case "E3":
      return [
        { what: "give it one more slot", command: update(`max_workers = ${provider.activeWorkers + 1}`) },
        { what: "or see what takes its slots", command: "hodei jobs list --state running" },
      ];
    case "E4":
      return [
        { what: "ask for less", command: again(`--${refusal.subject} ${lessOf(refusal)}`) },
        { what: "or see what the provider has", command: `hodei providers get ${name}` },
      ];
    case "E5":
      return typeRemedies(refusal, provider, update, again);
    case "E6":
      return pairRemedies("required_labels", "--label", refusal, { had: provider.requiredLabels, update, again });
    case "E7":
      return pairRemedies("annotations", "--annotation", refusal, { had: provider.annotations, update, again });
    case "E8": {
      const wanted = refusal.wants.replace(/^one of /, "").split(", ");
      const [had = ""] = provider.allowedRegions;
      return [
        {
          what: "allow the job's region there",
          command: update(`allowed_regions = allowed_regions || ${sqlJson(wanted.slice(0, 1))}::jsonb`),
        },
        { what: "or let the job run in the provider's", command: again(`--allow-region ${shellWord(had)}`) },
      ];
    }
    case "E9":
      return [{ what: "see how the attempt there ended", command: `hodei jobs explain ${job.id}` }];
  }
}

type Update = (assignment: string) => string;

function statusRemedies(refusal: Refusal, provider: FleetProvider, update: Update): Remedy[] {
  const name = shellWord(provider.name);
  if (refusal.subject === "config") {
    return provider.configErrors === null
      ? [{ what: "the registry validates it; see whether that runs", command: "hodei status" }]
      : [
          { what: "see each problem by its path", command: `hodei providers get ${name}` },
          { what: "and mend them", command: `hodei providers update ${name} -f FILE` },
        ];
  }
  const enable = { what: "let it take work again", command: update("status = 'ACTIVE'") };
  if (provider.status !== "UNHEALTHY") return [enable, { what: "the same", command: `hodei providers enable ${name}` }];
  return [
    { what: "see what its health check says", command: `hodei doctor --provider ${name}` },
    { ...enable, what: "and when it is mended, have it checked at once" },
  ];
}

function typeRemedies(
  refusal: Refusal,
  provider: FleetProvider,
  update: Update,
  again: (flag: string) => string,
): Remedy[] {
  switch (refusal.subject) {
    case "image":
      return provider.needsImage
        ? [
            {
              what: "give the provider an image for jobs that name none",
              command: update(`config = config || '{"default_image": "IMAGE"}'::jsonb`),
            },
            { what: "or name one in the job", command: again("--image IMAGE") },
          ]
        : [{ what: "submit it without an image: this type runs none", command: again("") }];
    case "timeout_seconds":
      return [{ what: "ask for a shorter run", command: again(`--timeout ${provider.longestRunSeconds ?? 900}s`) }];
    case "provider_type":
      return [
        { what: "ask for the type of this provider", command: again(`--provider-type ${provider.providerType}`) },
      ];
    default:
      return [{ what: `submit it again without ${refusal.subject}`, command: again("") }];
  }
}

function pairRemedies(
  column: string,
  flag: string,
  refusal: Refusal,
  { had, update, again }: { had: Readonly<Record<string, string>>; update: Update; again: (flag: string) => string },
): Remedy[] {
  const key = refusal.subject;
  const wanted = JSON.parse(refusal.wants) as string;
  const has = had[key];
  return [
    {
      what: `give the provider ${key}=${wanted}`,
      command: update(`${column} = ${column} || ${sqlJson({ [key]: wanted })}::jsonb`),
    },
    has === undefined
      ? { what: `or submit the job without ${key}`, command: again("") }
      : { what: `or ask for what it has`, command: again(`${flag} ${shellWord(`${key}=${has}`)}`) },
  ];
}

/** `4Gi` of `4Gi per worker`, `1` of `1 left of 4`. */
function lessOf({ has }: Refusal): string {
  return has.split(" ")[0] ?? "0";
}
