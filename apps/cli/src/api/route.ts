import type { Transport } from "@connectrpc/connect";

/** A way to the API. */
export interface Route extends AsyncDisposable {
  readonly transport: Transport;
  /** What does not answer when it does not. */
  readonly name: string;
}
