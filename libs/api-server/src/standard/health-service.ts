import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  type HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from "@hodei/api/grpc-health";
import { pause } from "../shared/pause.ts";

const LOOK_MS = 1_000;

/** The standard health service (grpc.health.v1): for load balancers. `isReady` is what `/readyz` answers. */
export function healthService(
  services: readonly string[],
  isReady: () => Promise<boolean>,
  closing: AbortSignal,
): ServiceImpl<typeof Health> {
  const known = new Set(["", ...services]);
  const look = async () => ((await isReady()) ? Status.SERVING : Status.NOT_SERVING);
  return {
    async check({ service }) {
      if (!known.has(service)) throw new ConnectError(`${service.slice(0, 200)} is no service here`, Code.NotFound);
      return { status: await look() };
    },
    async *watch({ service }, { signal: caller }): AsyncGenerator<MessageInitShape<typeof HealthCheckResponseSchema>> {
      const signal = AbortSignal.any([caller, closing]);
      for (let told: Status | undefined; !signal.aborted; ) {
        const status = known.has(service) ? await look() : Status.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
        // Ends early only when the caller is gone.
        await pause(LOOK_MS, signal);
      }
    },
  };
}
