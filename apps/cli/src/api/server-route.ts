import { readFileSync } from "node:fs";
import type { Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { UsageError, UserError } from "../errors.ts";
import type { ServerOptions } from "../server-options.ts";
import type { Route } from "./route.ts";

/** The API of a registry, by HTTP/1.1, which every proxy lets through. */
export function openServerRoute(url: string, options: ServerOptions): Route {
  const { env } = process;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new UsageError(`--server ${url}: write its address, for example https://hodei.example.com:8080`);
  const token = tokenOf(options);
  const authorize: Interceptor = (next) => (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const tls = {
    ca: pem(options.ca ?? env["HODEI_API_CA"], "--ca"),
    cert: pem(options.cert ?? env["HODEI_API_CERT"], "--cert"),
    key: pem(options.key ?? env["HODEI_API_KEY"], "--key"),
  };
  const transport = createConnectTransport({
    baseUrl: url,
    httpVersion: "1.1",
    interceptors: [authorize],
    nodeOptions: tls,
  });
  return { transport, name: `the API at ${url}`, [Symbol.asyncDispose]: async () => undefined };
}

/** A file is no secret of a process list, as an option would be: so a token is never written as one. */
function tokenOf({ tokenFile }: ServerOptions): string | undefined {
  const path = tokenFile ?? process.env["HODEI_TOKEN_FILE"];
  if (tokenFile === undefined && process.env["HODEI_TOKEN"]) return process.env["HODEI_TOKEN"].trim();
  return path ? readNamed(path, "--token-file").trim() : undefined;
}

function pem(path: string | undefined, flag: string): string | undefined {
  return path ? readNamed(path, flag) : undefined;
}

function readNamed(path: string, flag: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`${flag} ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
