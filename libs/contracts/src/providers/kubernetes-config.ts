import { z } from "zod";
import { Text, TextMap, WholeNumber } from "../text.ts";
import { commonFields } from "./common-fields.ts";

const DnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: (issue) =>
    `${JSON.stringify(issue.input)} is not a Kubernetes name; write lower-case letters, digits and dashes`,
});

const Toleration = z.strictObject({
  key: Text(317).optional(),
  operator: z.enum(["Equal", "Exists", "Lt", "Gt"], { error: "is not an operator; write Equal or Exists" }).optional(),
  value: Text(63).optional(),
  effect: z
    .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"], {
      error: "is not an effect; write NoSchedule, PreferNoSchedule or NoExecute",
    })
    .optional(),
  tolerationSeconds: WholeNumber(0, 31_536_000).optional(),
});

/** `provider_configs.config` of a Kubernetes cluster. `kubeconfig_path` null or absent = in-cluster. */
export const KubernetesConfig = z.strictObject({
  type: z.literal("kubernetes"),
  ...commonFields,
  kubeconfig_path: Text(4096, 1).nullable().optional(),
  context: Text(253, 1).optional(),
  namespace: DnsLabel,
  service_account: Text(253, 1).optional(),
  default_image: Text(512, 1).optional(),
  image_pull_secrets: z.array(Text(253, 1)).max(32).optional(),
  node_selector: TextMap(64, 63).optional(),
  tolerations: z.array(Toleration).max(64).optional(),
});
export type KubernetesConfig = z.output<typeof KubernetesConfig>;
