import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type KubernetesDouble, kubernetesDouble, NAMESPACE, type PolicyRule } from "@hodei/testing";
import { loadAllYaml } from "@kubernetes/client-node";
import { type ExitLog, followExits } from "../src/conformance/follow-exits.ts";
import { openProvider } from "../src/index.ts";
import type { Provider } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";

const DEPLOY = fileURLToPath(new URL("../../../deploy/kubernetes/", import.meta.url));

interface Manifest {
  kind: string;
  rules?: PolicyRule[];
  [key: string]: unknown;
}

/** What a file under deploy/kubernetes holds. */
export function deployed(file: string): Manifest[] {
  return loadAllYaml(readFileSync(`${DEPLOY}${file}`, "utf8")) as Manifest[];
}

/** The rules that deploy/kubernetes grants to the provisioner: in the namespace, and everywhere. */
export const shippedRules = rulesOf("provisioner.yaml");
export const shippedNodeRules = rulesOf("nodes-reader.yaml");

function rulesOf(file: string): PolicyRule[] {
  return deployed(file).flatMap(({ rules }) => rules ?? []);
}

export const PROVISIONER = "system:serviceaccount:hodei-jobs:hodei-provisioner";

export interface OpenCluster extends AsyncDisposable {
  cluster: KubernetesDouble;
  provider: Provider;
  exits: ExitLog;
  config: object;
}

/** A provider at a cluster of this test's own, with what deploy/kubernetes grants and no more, quick to lose patience. */
export async function openKubernetes(
  more: object = {},
  rules: readonly PolicyRule[] = shippedRules,
): Promise<OpenCluster> {
  const stack = new AsyncDisposableStack();
  const cluster = stack.use(await kubernetesDouble());
  const config = {
    type: "kubernetes",
    kubeconfig_path: cluster.tokenConfig(PROVISIONER, rules, { everywhere: shippedNodeRules }),
    namespace: NAMESPACE,
    service_account: "hodei-worker",
    default_image: "hodei-jobs-worker:v3",
    grace_periods: { image_pull_seconds: 1, scheduling_seconds: 1, quota_seconds: 1, container_seconds: 1 },
    watch_timeout_seconds: 2,
    ...more,
  };
  const provider = stack.use(await openProvider("kubernetes", config, adapterContext("/nonexistent")));
  const exits = followExits(provider);
  stack.defer(() => exits.close());
  const owned = stack.move();
  return { cluster, provider, exits, config, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
