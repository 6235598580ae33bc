import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { EitherRequest, EitherResponse, RequestHandler } from "@hodei/runtime";

/** `npm run build` in apps/console writes it, and `hodei up` where it is missing. */
const BUILT = join(import.meta.dirname, "../../../apps/console/dist");
const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** Scripts and styles are files of ours, nothing is sent elsewhere, nobody frames the page, and no text becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Hodei</title>
<h1>The API is here, the console is not built</h1>
<p>In the folder of Hodei, type: <code>npm run build -w apps/console</code>, then load this page again.</p></html>
`;

/** A file's name as Vite writes it: no folder, no dot in front. */
const FILE = /^\/(?:assets\/)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:js|css|svg)$/;
/** A call of the API: `/package.Service/Method`. */
const CALL = /^\/[A-Za-z0-9_.]+\.[A-Za-z0-9_]+\/[A-Za-z0-9_]+$/;

interface File {
  whole: Buffer;
  gzipped: Buffer;
}

/** The console at every path that a person may open; everything else is the API's. */
export function serveConsole(api: RequestHandler, folder = BUILT): RequestHandler {
  /** As many as one build has: their names say what is in them. */
  const known = new Map<string, File>();
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead || CALL.test(pathname)) return api(request, response);
    answer(pathname, request, response).catch((error: unknown) => {
      // A file that is there and cannot be read.
      send(response, 500, { "content-type": "text/plain; charset=utf-8" }, Buffer.from(`${String(error)}\n`));
    });
  };

  async function answer(path: string, request: EitherRequest, response: EitherResponse): Promise<void> {
    if (FILE.test(path)) {
      const file = known.get(path) ?? (await readIfThere(join(folder, path)));
      if (!file) return send(response, 404, { "content-type": "text/plain" }, Buffer.from(`there is no ${path}\n`));
      const isAsset = path.startsWith("/assets/");
      if (isAsset) known.set(path, file);
      const caching = isAsset ? "public, max-age=31536000, immutable" : "no-cache";
      return sendFile(request, response, file, { type: TYPES[extname(path)] ?? "", caching });
    }
    const index = await readIfThere(join(folder, "index.html"));
    if (!index)
      return send(response, 503, { ...HEADERS, "content-type": "text/html; charset=utf-8" }, Buffer.from(NOT_BUILT));
    sendFile(request, response, index, { type: "text/html; charset=utf-8", caching: "no-cache" });
  }
}

async function readIfThere(path: string): Promise<File | undefined> {
  try {
    const whole = await readFile(path);
    return { whole, gzipped: await compress(whole) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function sendFile(
  request: EitherRequest,
  response: EitherResponse,
  file: File,
  { type, caching }: { type: string; caching: string },
): void {
  const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const headers = { ...HEADERS, "content-type": type, "cache-control": caching, vary: "accept-encoding" };
  if (takesGzip) send(response, 200, { ...headers, "content-encoding": "gzip" }, file.gzipped);
  else send(response, 200, headers, file.whole);
}

function send(response: EitherResponse, status: number, headers: Record<string, string>, body: Buffer): void {
  if (response.headersSent) return;
  response.statusCode = status;
  for (const [name, value] of Object.entries({ ...headers, "content-length": String(body.length) }))
    response.setHeader(name, value);
  response.end(body);
}
