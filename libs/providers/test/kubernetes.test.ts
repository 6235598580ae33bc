import { kubernetesDouble, NAMESPACE } from "@hodei/testing";
import { describeConformance } from "../src/conformance/describe-conformance.ts";
import { openProvider } from "../src/index.ts";
import { adapterContext } from "./adapter-context.ts";

const all = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];

describeConformance("kubernetes", { outlives: true, runs: true, wholeLines: true }, async () => {
  const cluster = await kubernetesDouble();
  const hung = await kubernetesDouble();
  const config = {
    type: "kubernetes",
    kubeconfig_path: cluster.tokenConfig("system:serviceaccount:hodei:hodei-provisioner", all),
    namespace: NAMESPACE,
    default_image: "hodei-jobs-worker:v3",
  };
  const hungConfig = { ...config, kubeconfig_path: hung.tokenConfig("anybody", all) };
  hung.mood.isHung = true;
  const context = adapterContext("/nonexistent");
  return {
    open: () => openProvider("kubernetes", config, context),
    openForeign: () => openProvider("kubernetes", config, adapterContext("/nonexistent")),
    openHung: () => openProvider("kubernetes", hungConfig, context),
    close: async () => {
      await cluster[Symbol.asyncDispose]();
      await hung[Symbol.asyncDispose]();
    },
  };
});

const kubeconfig = process.env["HODEI_TEST_KUBECONFIG"];
if (kubeconfig) {
  // Whether its server splits streams is the cluster's affair; most do not.
  const powers = { outlives: true, runs: true, atOnce: 10, wholeLines: true, streamsApart: false };
  describeConformance("kubernetes, in a cluster of your own,", powers, async () => {
    const config = {
      type: "kubernetes",
      kubeconfig_path: kubeconfig,
      namespace: process.env["HODEI_TEST_NAMESPACE"] ?? NAMESPACE,
      default_image: process.env["HODEI_TEST_IMAGE"] ?? "busybox:1",
      run_as_user: 65_532,
    };
    const context = adapterContext("/nonexistent");
    return {
      open: () => openProvider("kubernetes", config, context),
      openForeign: () => openProvider("kubernetes", config, adapterContext("/nonexistent")),
      close: async () => undefined,
    };
  });
}
