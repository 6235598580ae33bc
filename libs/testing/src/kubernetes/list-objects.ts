import type { ObjectStore } from "./object-store.ts";
import type { KubeObject } from "./objects.ts";
import type { ResourceRequest } from "./read-request.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";
import { fieldMatcher, labelMatcher } from "./selectors.ts";
import { badRequest, StatusError } from "./status.ts";

/** Whether an object is asked for, by namespace and both selectors. @throws StatusError 400 for a selector that cannot be read */
export function wanted({ namespace, query }: ResourceRequest): (object: KubeObject) => boolean {
  const [byLabel, byField] = [labelMatcher(query.get("labelSelector")), fieldMatcher(query.get("fieldSelector"))];
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) && byLabel(object) && byField(object);
}

/** A page of a list; what comes after it is asked for by its `continue`, which ends with the next compaction. */
export function listObjects(store: ObjectStore, request: ResourceRequest, oldest: number): object {
  const { kind, group, version } = RESOURCE_TYPES[request.resource];
  const limit = Number(request.query.get("limit") ?? 0);
  const from = readToken(request.query.get("continue"), oldest);
  const all = store.list(request.resource, wanted(request));
  const rest = all
    .filter(({ metadata }) => from === undefined || metadata.name > from.after)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const asOf = from?.version ?? store.version;
  const last = page.at(-1);
  const more = rest.length - page.length;
  const token =
    more > 0 && last
      ? Buffer.from(JSON.stringify({ after: last.metadata.name, version: asOf })).toString("base64url")
      : undefined;
  return {
    kind: `${kind}List`,
    apiVersion: group ? `${group}/${version}` : version,
    metadata: { resourceVersion: String(asOf), ...(token && { continue: token, remainingItemCount: more }) },
    items: page.map(({ kind: _kind, apiVersion: _version, ...item }) => item),
  };
}

function readToken(token: string | null, oldest: number): { after: string; version: number } | undefined {
  if (!token) return undefined;
  let read: { after: string; version: number };
  try {
    read = JSON.parse(Buffer.from(token, "base64url").toString()) as typeof read;
  } catch {
    throw badRequest("continue key is not valid");
  }
  if (read.version >= oldest) return read;
  throw new StatusError(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
  );
}
