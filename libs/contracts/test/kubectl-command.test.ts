import { expect, test } from "vitest";
import { kubectlCommand } from "../src/index.ts";

test("a kubectl line names the cluster of the configuration, and a shell reads it as it is meant", () => {
  const args = ["get", "job", "hodei-a-1"];
  const options = ["-o", "jsonpath={.spec.template.spec}"];
  expect(kubectlCommand({ namespace: "hodei-jobs" }, args, options)).toBe(
    "kubectl get job hodei-a-1 -n hodei-jobs -o jsonpath='{.spec.template.spec}'",
  );
  const far = { kubeconfig_path: "/etc/it's here", context: "prod@eu", namespace: "jobs" };
  expect(kubectlCommand(far, args)).toBe(
    "kubectl --kubeconfig '/etc/it'\\''s here' --context prod@eu get job hodei-a-1 -n jobs",
  );
});
