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
