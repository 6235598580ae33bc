import { createConnection } from "node:net";
import { createServer } from "node:tls";
import type { TestCertificate } from "./test-certificates.ts";

/** The Docker engine, reached by TLS with a certificate of the test's. */
export interface EngineBehindTls extends AsyncDisposable {
  readonly port: number;
  /** Presents another certificate from now on. */
  present(certificate: TestCertificate): void;
}

export async function engineBehindTls(
  { cert, key }: TestCertificate,
  engine = "/var/run/docker.sock",
): Promise<EngineBehindTls> {
  const server = createServer({ cert, key }, (client) => {
    const other = createConnection(engine);
    for (const socket of [client, other]) socket.on("error", () => socket.destroy());
    client.pipe(other).pipe(client);
  });
  // A client that refuses the certificate is what the test is about.
  server.on("tlsClientError", () => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    present: (next) => server.setSecureContext({ cert: next.cert, key: next.key }),
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
