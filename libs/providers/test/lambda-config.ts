import type { LambdaEndpoint } from "@hodei/testing";

/** The configuration of a provider at an endpoint. The credentials stand in this process's environment, as references want it. */
export function lambdaConfig(endpoint: LambdaEndpoint, more: Record<string, unknown> = {}): Record<string, unknown> {
  process.env["HODEI_TEST_AWS_ID"] = endpoint.credentials.accessKeyId;
  const secret = `HODEI_TEST_AWS_SECRET_${new URL(endpoint.url).port}`;
  process.env[secret] = endpoint.credentials.secretAccessKey;
  return {
    type: "lambda",
    region: endpoint.region,
    endpoint: endpoint.url,
    role_arn: endpoint.roleArn,
    timeout_seconds: 120,
    memory_mb: 256,
    access_key_id: "env:HODEI_TEST_AWS_ID",
    secret_access_key: `env:${secret}`,
    ...more,
  };
}
