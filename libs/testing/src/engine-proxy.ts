import { createConnection, createServer, type Server, type Socket } from "node:net";

/** The Docker engine behind a socket that a test can cut: it then is unreachable, and runs on. */
export interface EngineProxy extends AsyncDisposable {
  cut(): Promise<void>;
  open(): Promise<void>;
  /** From now on every question takes this much longer; `Infinity` = it is accepted and never answered. */
  delayMs: number;
}

export async function engineProxy(path: string, engine = "/var/run/docker.sock"): Promise<EngineProxy> {
  let server: Server | undefined;
  const sockets = new Set<Socket>();

  function join(client: Socket): void {
    const other = createConnection(engine);
    for (const socket of [client, other]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    other.pipe(client);
    client.on("end", () => other.end());
    client.on("data", (words) => {
      if (proxy.delayMs === 0) other.write(words);
      else if (proxy.delayMs < Number.POSITIVE_INFINITY) setTimeout(() => other.write(words), proxy.delayMs);
    });
  }

  async function open(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    server = createServer(join).listen(path, resolve);
    await promise;
  }

  async function cut(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (server) server.close(() => resolve());
    else resolve();
    await promise;
    server = undefined;
  }

  const proxy: EngineProxy = { open, cut, delayMs: 0, [Symbol.asyncDispose]: cut };
  await open();
  return proxy;
}
