import { createServer } from "node:net";

/** The first free port of this machine's loopback from `preferred` on; 0 asks the system for any. */
export async function findFreePort(preferred: number): Promise<number> {
  for (let port = preferred; port < preferred + 1000; port += 1) {
    const free = await tryPort(port);
    if (free !== undefined) return free;
  }
  throw new Error(`no free port from ${preferred} to ${preferred + 999}`);
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if ("code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES")) resolve(undefined);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : port));
    });
  });
}
