import { create, toJson } from "@bufbuild/protobuf";
import { type JobSpec, JobSpecSchema, type ProviderChange, ProviderChangeSchema } from "@hodei/api/job";
import { type Provider, type ProviderConfig, ProviderConfigSchema, ProviderStatus } from "@hodei/api/provider";

/** What a job may ask for, to begin with. */
export const FIRST_SPEC = pretty({
  command: ["echo", "hello"],
  resources: { cpu: "500m", memory: "256Mi" },
  required_labels: {},
  preferred_region: "",
});

export const NEW_PROVIDER = pretty({
  name: "new-provider",
  provider_type: "process",
  config: { type: "process" },
  max_workers: 10,
  preferred_region: "",
  required_labels: {},
});

/** A job's body without its id: another job that asks for the same. */
export function specText(spec: JobSpec | undefined): string {
  return pretty(toJson(JobSpecSchema, { ...(spec ?? create(JobSpecSchema)), jobId: "" }, { useProtoFieldName: true }));
}

/** UNHEALTHY is no operator's word: the text leaves it out, and the change leaves it as it is. */
export function configText({ config }: Provider): string {
  const message = config ?? create(ProviderConfigSchema);
  const status = message.status === ProviderStatus.UNHEALTHY ? ProviderStatus.UNSPECIFIED : message.status;
  return pretty(toJson(ProviderConfigSchema, { ...message, status }, { useProtoFieldName: true }));
}

const FIELDS = [
  "name",
  "provider_type",
  "config",
  "priority",
  "max_workers",
  "preferred_region",
  "allowed_regions",
  "required_labels",
  "annotations",
];

/** The text is the whole of what an operator writes: a field that was taken out is taken out. */
export function changeOf(providerId: string, config: ProviderConfig): ProviderChange {
  const paths = config.status === ProviderStatus.UNSPECIFIED ? FIELDS : [...FIELDS, "status"];
  return create(ProviderChangeSchema, { providerId, config, updateMask: { paths } });
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
