import type { Transport } from "@connectrpc/connect";
import { userErrorOf } from "./user-error-of.ts";

/** The same transport, whose errors say what to type next. */
export function explained(transport: Transport, name: string): Transport {
  return {
    async unary(...call) {
      try {
        return await transport.unary(...call);
      } catch (error) {
        throw userErrorOf(error, name);
      }
    },
    async stream(...call) {
      try {
        const response = await transport.stream(...call);
        return { ...response, message: explainedEach(response.message, name) };
      } catch (error) {
        throw userErrorOf(error, name);
      }
    },
  };
}

async function* explainedEach<T>(messages: AsyncIterable<T>, name: string): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    throw userErrorOf(error, name);
  }
}
