import type { ServerResponse } from "node:http";
import { constants, type Http2ServerResponse } from "node:http2";

/** How often it is looked whether something was taken, in each time that a reader has. */
const LOOKS = 4;

/**
 * Ends an answer whose reader takes nothing for `seconds` though something is there for him: what waits for him takes up memory. HTTP/2
 * says so with ENHANCE_YOUR_CALM, which gRPC and Connect clients know as RESOURCE_EXHAUSTED; HTTP/1.1 can only close the connection.
 * @returns what ends the watching, for when the answer is complete
 */
export function endStalled(
  response: ServerResponse | Http2ServerResponse,
  seconds: number,
  onStalled: () => void,
): () => void {
  const writing = "stream" in response ? response.stream : response;
  let looks = 0;
  const onDrain = () => {
    looks = 0;
  };
  writing.on("drain", onDrain);
  const looking = setInterval(
    () => {
      looks = writing.writableNeedDrain ? looks + 1 : 0;
      if (looks <= LOOKS) return;
      clearInterval(looking);
      onStalled();
      if ("stream" in response) response.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      else response.destroy();
    },
    (seconds * 1000) / LOOKS,
  ).unref();
  return () => {
    clearInterval(looking);
    writing.off("drain", onDrain);
  };
}
