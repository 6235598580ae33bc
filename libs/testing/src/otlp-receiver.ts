import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

/** A span as a collector gets it. */
export interface ReceivedSpan {
  /** `service.name` of whoever sent it. */
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, string | number | boolean>;
  links: { traceId: string; spanId: string }[];
  failed: boolean;
  /** Nanoseconds since 1970. */
  begun: bigint;
  ended: bigint;
}

/** A collector for traces: OTLP over HTTP with JSON, and nothing else. */
export interface OtlpReceiver extends AsyncDisposable {
  /** What a service needs to send its spans here. */
  readonly env: Record<string, string>;
  readonly spans: readonly ReceivedSpan[];
  /** Everything as it came. */
  readonly bodies: readonly string[];
  /** Requests that were no OTLP/JSON traces, which were refused. */
  readonly refused: readonly string[];
}

export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const refused: string[] = [];
  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status, { "content-type": "application/json" }).end("{}"),
      (error: unknown) => {
        refused.push(String(error));
        response.writeHead(400).end();
      },
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  async function receive(request: IncomingMessage): Promise<number> {
    const { method, url, headers } = request;
    const body = Buffer.concat(await request.toArray()).toString("utf8");
    if (method !== "POST" || url !== "/v1/traces" || headers["content-type"] !== "application/json") {
      refused.push(`${method} ${url} ${headers["content-type"]}`);
      return 415;
    }
    spans.push(...spansIn(JSON.parse(body) as ExportRequest));
    bodies.push(body);
    return 200;
  }

  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
    spans,
    bodies,
    refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface ExportRequest {
  resourceSpans: { resource: { attributes: OtlpAttribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

interface OtlpAttribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}

interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: OtlpAttribute[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}

function spansIn({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)["service.name"] ?? "");
    return scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        service,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? "",
        kind: span.kind,
        attributes: attributesOf(span.attributes ?? []),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        failed: span.status?.code === 2,
        begun: BigInt(span.startTimeUnixNano),
        ended: BigInt(span.endTimeUnixNano),
      })),
    );
  });
}

function attributesOf(attributes: readonly OtlpAttribute[]): ReceivedSpan["attributes"] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const number = value.intValue ?? value.doubleValue;
      return [key, value.stringValue ?? value.boolValue ?? Number(number)];
    }),
  );
}
