import type Docker from "dockerode";

/** A call of the Docker Engine API that dockerode's own methods do not make as it is needed. */
export interface EngineCall {
  method: "GET" | "POST";
  path: string;
  query?: Record<string, unknown>;
  body?: object;
  /** The answer is a stream. */
  isStream?: boolean;
  abortSignal: AbortSignal;
}

const STATUS_CODES = {
  200: true,
  201: true,
  204: true,
  400: "bad parameter",
  404: "not found",
  409: "conflict",
  500: "server error",
};

/** Makes a call on dockerode's connection. @throws as dockerode does: an error with the engine's words and its `statusCode` */
export function dialEngine<T>(
  docker: Docker,
  { method, path, query, body, isStream, abortSignal }: EngineCall,
): Promise<T> {
  const call = {
    method,
    path: `${path}?`,
    options: { ...(query && { _query: query }), ...(body && { _body: body }) },
    isStream: isStream ?? false,
    abortSignal,
    statusCodes: STATUS_CODES,
  };
  return new Promise<T>((resolve, reject) => {
    docker.modem.dial(
      call as unknown as Parameters<typeof docker.modem.dial>[0],
      (error: Error | null, answer: unknown) => {
        if (error) reject(error);
        else resolve(answer as T);
      },
    );
  });
}
