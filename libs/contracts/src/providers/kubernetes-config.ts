import { z } from "zod";
import { describe, Text, TextMap, WholeNumber } from "../text.ts";
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

/** How long each trouble of a start may last before it counts as its failure, in seconds; 0 = at once. */
const GracePeriods = z
  .strictObject({
    image_pull_seconds: WholeNumber(0, 86_400).default(60),
    scheduling_seconds: WholeNumber(0, 86_400).default(60),
    quota_seconds: WholeNumber(0, 86_400).default(30),
    container_seconds: WholeNumber(0, 86_400).default(30),
  })
  .transform((wire) => ({
    imagePullSeconds: wire.image_pull_seconds,
    schedulingSeconds: wire.scheduling_seconds,
    quotaSeconds: wire.quota_seconds,
    containerSeconds: wire.container_seconds,
  }));
export type GracePeriods = z.output<typeof GracePeriods>;

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
  grace_periods: GracePeriods.default(GracePeriods.parse({})),
  /** Pods run as this user; absent = the image's own, which must not be root. */
  run_as_user: WholeNumber(1, 2_147_483_647).optional(),
  /** Workers have no token of their service account unless this asks for it. */
  mount_service_account_token: z
    .boolean({ error: (issue) => `${describe(issue.input)} is neither true nor false; write one of them` })
    .default(false),
  /** Between SIGTERM and SIGKILL where the cluster itself ends a pod: a drain, an eviction, the deadline. */
  termination_grace_seconds: WholeNumber(1, 3_600).default(30),
  /** How long an ended Job stays for a control plane that is away. */
  ttl_seconds_after_finished: WholeNumber(60, 31_536_000).default(86_400),
  /** A watch is opened anew after this; one that has gone silent is found out by then. */
  watch_timeout_seconds: WholeNumber(1, 3_600).default(60),
});
export type KubernetesConfig = z.output<typeof KubernetesConfig>;
