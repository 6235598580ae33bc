// A collector that takes whatever comes and does nothing with it, as a process of its own: prints its port, then one line of JSON when its input ends.
import { once } from "node:events";
import { createServer } from "node:http";

let requests = 0;
let bytes = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => response.writeHead(200, { "content-type": "application/x-protobuf" }).end());
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
console.log(typeof address === "object" && address ? address.port : 0);
process.stdin.resume();
await once(process.stdin, "end");
console.log(JSON.stringify({ requests, bytes }));
process.exit();
