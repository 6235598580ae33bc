export { testImage } from "./docker-image.ts";
export { type EngineProxy, engineProxy } from "./engine-proxy.ts";
export { installPackage } from "./install-package.ts";
export type { PolicyRule } from "./kubernetes/access.ts";
export { type KubernetesDouble, kubernetesDouble, NAMESPACE, NODE } from "./kubernetes/kubernetes-double.ts";
export { StatusError } from "./kubernetes/status.ts";
export { AwsError } from "./lambda/aws-error.ts";
export { type LambdaEndpoint, lambdaEndpoint } from "./lambda/lambda-endpoint.ts";
export { RuntimeFailure } from "./lambda/scripted-function.ts";
export { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from "./otlp-receiver.ts";

export { type OwnPostgres, ownPostgres } from "./own-postgres.ts";
export { scratchDirectory } from "./scratch-directory.ts";
export { type LogLine, type ServiceName, type ServiceProcess, startService } from "./service-process.ts";
export { type JobRow, type ProviderRow, type TestCluster, testCluster } from "./test-cluster.ts";
export { type TestDatabase, testDatabase } from "./test-database.ts";
export { type TestNats, testNats } from "./test-nats.ts";
export { type PrometheusSample, type TestPrometheus, testPrometheus } from "./test-prometheus.ts";
export { waitFor } from "./wait-for.ts";
