import type { IncomingMessage } from "node:http";
import type { Access } from "./access.ts";
import { RESOURCE_TYPES, type ResourceName, resourceTypeOf } from "./resource-types.ts";
import { badRequest, methodNotAllowed, noSuchPath } from "./status.ts";

/** What a request asks of a resource. */
export interface ResourceRequest {
  resource: ResourceName;
  verb: string;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  query: URLSearchParams;
}

const PATH =
  /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[^/]+))?)?$/;

/** Reads path and method as a server does. @throws StatusError 404 for a path that is not served, 405 for a method that it has not */
export function readRequest(method: string, url: URL): ResourceRequest {
  const {
    core,
    group = "",
    version = core ?? "",
    namespace,
    resource: segment = "",
    name,
    sub,
  } = matchPath(url.pathname);
  const resource = resourceTypeOf(group, version, segment);
  if (!resource) throw noSuchPath();
  const type = RESOURCE_TYPES[resource];
  if (type.namespaced !== (namespace !== undefined) && !(type.namespaced && method === "GET" && !name))
    throw noSuchPath();
  if (sub !== undefined && !(resource === "pods" && sub === "log")) throw noSuchPath();
  const verb = verbOf(method, name, sub, url.searchParams);
  return { resource, verb, namespace, name, subresource: sub, query: url.searchParams };
}

function matchPath(path: string): Record<string, string | undefined> {
  // The one resource whose own path looks like a namespace's contents.
  const namespace = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path);
  if (namespace) return { core: "v1", resource: "namespaces", name: namespace[1] };
  const match = PATH.exec(path);
  if (!match?.groups) throw noSuchPath();
  return Object.fromEntries(
    Object.entries(match.groups).map(([key, value]) => [key, value && decodeURIComponent(value)]),
  );
}

function verbOf(method: string, name: string | undefined, sub: string | undefined, query: URLSearchParams): string {
  if (method === "GET" && name) return "get";
  if (method === "GET") return isTrue(query.get("watch")) ? "watch" : "list";
  if (method === "POST" && !name && !sub) return "create";
  if (method === "PATCH" && name && !sub) return "patch";
  if (method === "DELETE" && name && !sub) return "delete";
  throw methodNotAllowed();
}

export function isTrue(text: string | null): boolean {
  return text === "true" || text === "1";
}

/** What RBAC is asked. A namespace is in itself. */
export function accessOf({ resource, verb, namespace, name, subresource }: ResourceRequest): Access {
  const { group } = RESOURCE_TYPES[resource];
  return { verb, group, resource, subresource, namespace: resource === "namespaces" ? name : namespace, name };
}

export async function readBody(
  request: IncomingMessage,
  mediaType = "application/json",
): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  if (!text) return {};
  if (!request.headers["content-type"]?.startsWith(mediaType))
    throw badRequest(`the body of the request was in an unknown format - accepted media types include: ${mediaType}`);
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
}
