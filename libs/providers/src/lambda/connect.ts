import { LambdaClient, type LambdaClientConfig } from "@aws-sdk/client-lambda";
import type { LambdaConfig } from "@hodei/contracts";
import { resolveReference } from "../resolve-reference.ts";
import { makeInvokeConnection } from "./invoke-connection.ts";

/** Every call but the invocation itself ends by this, whatever AWS does. */
export const CALL_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** A call that only reads, or that finds what an earlier one made, may be sent again. */
const CALL_ATTEMPTS = 3;
/** How long resolved credentials are used; AWS's client asks again some minutes before that, so each call reads the references. */
const CREDENTIALS_MS = 60_000;

/** Two clients of one account: calls that may be sent again, and invocations, which never are. */
export interface LambdaClients extends Disposable {
  readonly calls: LambdaClient;
  readonly invocations: LambdaClient;
}

export function connectLambda(config: LambdaConfig): LambdaClients {
  const credentials = credentialsOf(config);
  const common: LambdaClientConfig = {
    region: config.region,
    retryMode: "standard",
    ...(config.endpoint !== undefined && { endpoint: config.endpoint }),
    ...(credentials && { credentials }),
  };
  const calls = new LambdaClient({
    ...common,
    maxAttempts: CALL_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: CALL_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  // One attempt: an invocation that may have been received must not be sent again by anybody.
  const invocations = new LambdaClient({ ...common, maxAttempts: 1, requestHandler: makeInvokeConnection() });
  return {
    calls,
    invocations,
    [Symbol.dispose]() {
      calls.destroy();
      invocations.destroy();
    },
  };
}

/** The credentials that the configuration refers to; absent = AWS's own default chain (environment, profile, role of the machine). */
function credentialsOf(config: LambdaConfig): LambdaClientConfig["credentials"] | undefined {
  const { access_key_id: id, secret_access_key: secret, session_token: token } = config;
  if (!id || !secret) return undefined;
  return async () => ({
    accessKeyId: resolveReference(id),
    secretAccessKey: resolveReference(secret),
    ...(token && { sessionToken: resolveReference(token) }),
    expiration: new Date(Date.now() + CREDENTIALS_MS),
  });
}
