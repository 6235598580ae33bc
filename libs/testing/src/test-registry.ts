import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/**
 * A registry of the Docker HTTP API V2, as far as pulls need it, on 127.0.0.1, which engines take without TLS. Strict: an unknown path, method or digest is
 * refused as a registry refuses it. Source: OCI Distribution Specification 1.1, "Pulling"; Docker Registry HTTP API V2, "Errors".
 */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:5000`: what stands before the repository in an image's name. */
  readonly address: string;
  /** Every request so far: `GET /v2/…`. */
  readonly requests: readonly string[];
  /** Serves an image with one layer of so many random bytes; returns its name by tag and by digest. */
  addImage(repository: string, options?: { bytes?: number; architecture?: string }): { name: string; digest: string };
  /** From now on layers are sent only so far, and the rest when the test lets it go. */
  holdLayers(): { release(): void };
}

const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const PATH = /^\/v2\/([a-z0-9/._-]+)\/(manifests|blobs)\/([^/]+)$/;
/** Blobs above this are layers, not configurations. */
const SMALLEST_LAYER = 1_000;
const LIST_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json";

export async function testRegistry({
  auth,
}: {
  auth?: { username: string; password: string };
} = {}): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { type: string; body: Buffer }>();
  const requests: string[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  const put = (body: Buffer) => {
    const digest = digestOf(body);
    blobs.set(digest, body);
    return { digest, size: body.length };
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    requests.push(`${request.method} ${url}`);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "UNSUPPORTED");
    const given = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
    if (auth && given !== `${auth.username}:${auth.password}`) {
      response.setHeader("WWW-Authenticate", 'Basic realm="test registry"');
      return refuse(response, 401, "UNAUTHORIZED");
    }
    if (url === "/v2/") return void response.end("{}");
    const [, repository = "", kind, reference = ""] = PATH.exec(url) ?? [];
    if (kind === "manifests") return sendManifest(response, `${repository}@${reference}`, request.method === "HEAD");
    if (kind === "blobs") return await sendBlob(response, reference);
    return refuse(response, 404, "NAME_UNKNOWN");
  }

  function sendManifest(response: ServerResponse, key: string, isHead: boolean): void {
    const manifest = manifests.get(key);
    if (!manifest) return refuse(response, 404, "MANIFEST_UNKNOWN");
    const { type, body } = manifest;
    response.writeHead(200, {
      "Content-Type": type,
      "Docker-Content-Digest": digestOf(body),
      "Content-Length": body.length,
    });
    response.end(isHead ? undefined : body);
  }

  async function sendBlob(response: ServerResponse, digest: string): Promise<void> {
    const blob = blobs.get(digest);
    if (!blob) return refuse(response, 404, "BLOB_UNKNOWN");
    response.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Length": blob.length });
    const half = blob.length / 2;
    response.write(blob.subarray(0, half));
    if (blob.length > SMALLEST_LAYER) await gate?.promise;
    response.end(blob.subarray(half));
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address,
    requests,
    addImage(repository, { bytes = 10_000, architecture = "amd64" } = {}) {
      const tar = execFileSync(
        "sh",
        [
          "-c",
          'd=$(mktemp -d); mkdir "$d/bin"; cp /bin/busybox "$d/bin/busybox"; ln -s busybox "$d/bin/sh"; ln -s busybox "$d/bin/true"; head -c "$1" /dev/urandom > "$d/data"; tar -C "$d" -c .; rm -rf "$d"',
          "sh",
          String(bytes),
        ],
        {
          maxBuffer: bytes + 10_000_000,
        },
      );
      const layer = put(gzipSync(tar, { level: 1 }));
      const diffId = digestOf(tar);
      const config = put(
        Buffer.from(
          JSON.stringify({
            architecture,
            os: "linux",
            config: { Env: ["PATH=/bin"] },
            rootfs: { type: "layers", diff_ids: [diffId] },
          }),
        ),
      );
      const body = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST_TYPE,
          config: { mediaType: "application/vnd.docker.container.image.v1+json", ...config },
          layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", ...layer }],
        }),
      );
      const { digest, size } = put(body);
      manifests.set(`${repository}@${digest}`, { type: MANIFEST_TYPE, body });
      const platform = { architecture, os: "linux" };
      const list = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: LIST_TYPE,
          manifests: [{ mediaType: MANIFEST_TYPE, digest, size, platform }],
        }),
      );
      for (const reference of ["latest", digestOf(list)])
        manifests.set(`${repository}@${reference}`, { type: LIST_TYPE, body: list });
      return { name: `${address}/${repository}:latest`, digest: `${address}/${repository}@${digest}` };
    },
    holdLayers() {
      const held = Promise.withResolvers<void>();
      gate = held;
      return {
        release() {
          gate = undefined;
          held.resolve();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      gate?.resolve();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll("_", " ") }] }));
}

function digestOf(body: Buffer): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
