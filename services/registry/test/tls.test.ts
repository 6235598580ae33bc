import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { JobService } from "@hodei/api/job";
import { scratchDirectory, type TestCluster, testCluster, waitFor } from "@hodei/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const IS_READY = fileURLToPath(new URL("../../../deploy/image/is-ready.mjs", import.meta.url));

const stack = new AsyncDisposableStack();
let folder: string;
let cluster: TestCluster;
let port: number;
const file = (name: string) => join(folder, name);
const pem = (name: string) => readFileSync(file(name), "utf8");

beforeAll(async () => {
  folder = stack.use(await scratchDirectory()).path;
  openssl(
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.crt",
  );
  for (const name of ["server", "renewed", "ops", "stranger"]) certify(name);
  for (const kind of ["crt", "key"]) copyFileSync(file(`server.${kind}`), file(`tls.${kind}`));
  cluster = stack.use(
    await testCluster({
      services: ["registry"],
      env: {
        HODEI_TLS_CERT: file("tls.crt"),
        HODEI_TLS_KEY: file("tls.key"),
        HODEI_TLS_CLIENT_CA: file("ca.crt"),
        HODEI_TLS_CLIENT_ROLES: "ops=viewer",
      },
    }),
  );
  port = Number(new URL(cluster.service("registry").url).port);
});
afterAll(() => stack.disposeAsync());

function openssl(words: string): void {
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "pipe" });
}

function certify(name: string): void {
  openssl(
    `req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`,
  );
  writeFileSync(file("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl(`x509 -req -in ${name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out ${name}.crt`);
}

const shownBy = (name: string) => ({ ca: pem("ca.crt"), cert: pem(`${name}.crt`), key: pem(`${name}.key`) });

/** HTTP/1.1 over TLS. */
async function post(path: string, identity: object): Promise<{ status: number | undefined; body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: unknown }>();
  const call = request(
    {
      host: "127.0.0.1",
      port,
      path,
      method: path === "/readyz" ? "GET" : "POST",
      agent: false,
      ca: pem("ca.crt"),
      headers: { "content-type": "application/json" },
      ...identity,
    },
    (response) => void json(response).then((body) => resolve({ status: response.statusCode, body }), reject),
  );
  call.on("error", reject).end(path === "/readyz" ? undefined : "{}");
  return await promise;
}

test("HTTP/1.1 and gRPC share the port over TLS, and a certificate that has a role needs no token", async () => {
  expect((await post("/hodei.v1.JobService/ListJobs", shownBy("ops"))).status).toBe(200);
  const nodeOptions = shownBy("ops");
  const jobs = createClient(JobService, createGrpcTransport({ baseUrl: `https://127.0.0.1:${port}`, nodeOptions }));
  expect((await jobs.listJobs({})).jobs).toEqual([]);
  await expect(jobs.submitJob({ spec: { command: ["true"] } })).rejects.toThrow(
    "[permission_denied] SubmitJob needs the role operator; cert:ops is viewer",
  );
});

test("without a certificate of the authority there is no call, but probes are answered", async () => {
  expect(await post("/hodei.v1.JobService/ListJobs", {})).toMatchObject({
    status: 401,
    body: { message: expect.stringContaining("a client certificate is needed") },
  });
  expect((await post("/readyz", {})).status).toBe(200);
});

test("the health check of the image asks by TLS where the registry speaks it", async () => {
  const probe = (env: Record<string, string>) =>
    run(process.execPath, [IS_READY], {
      env: { HODEI_SERVICE: "registry", HODEI_REGISTRY_PORT: String(port), ...env },
    });
  expect((await probe({ HODEI_TLS_CERT: file("tls.crt") })).stdout).toContain('"status":"ready"');
  await expect(probe({})).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/hang up|reset/i) });
});

test("a certificate that is renewed on disk is shown to the next caller", async () => {
  for (const kind of ["key", "crt"]) copyFileSync(file(`renewed.${kind}`), file(`tls.${kind}`));
  await waitFor("the renewed certificate", async () => (await shownCertificate()) === "renewed");
});

async function shownCertificate(): Promise<string | string[] | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | string[] | undefined>();
  const socket = connect({ host: "127.0.0.1", port, ca: pem("ca.crt"), ALPNProtocols: ["h2"] }, () => {
    resolve(socket.getPeerCertificate().subject.CN);
    socket.destroy();
  });
  socket.on("error", reject);
  return await promise;
}
