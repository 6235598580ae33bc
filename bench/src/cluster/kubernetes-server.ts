// A Kubernetes API server that runs nothing, as a process of its own: prints the path of a kubeconfig, ends every pod when it reads a line,
// prints how many it ended, and ends with its input.
import { createInterface } from "node:readline";
import { kubernetesDouble } from "@hodei/testing/kubernetes";

await using cluster = await kubernetesDouble({ runs: false });
const all = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
console.log(cluster.tokenConfig("bench", all));
for await (const line of createInterface({ input: process.stdin })) {
  const running = cluster.pods().filter(({ status }) => status.phase === "Running");
  for (const pod of running) cluster.finish(pod, Number(line));
  console.log(running.length);
}
