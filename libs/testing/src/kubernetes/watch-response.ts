import type { ServerResponse } from "node:http";
import type { Change, ObjectStore } from "./object-store.ts";
import type { KubeObject } from "./objects.ts";
import { RESOURCE_TYPES, type ResourceName } from "./resource-types.ts";
import { StatusError } from "./status.ts";

const BOOKMARK_MS = 500;
const DEFAULT_TIMEOUT_SECONDS = 1_800;

export interface WatchRequest {
  resource: ResourceName;
  isWanted: (object: KubeObject) => boolean;
  since: number | undefined;
  timeoutSeconds: number | undefined;
  bookmarks: boolean;
}

/** One open watch. */
export interface OpenWatch {
  readonly resource: ResourceName;
  /** Says nothing more and stays open, as behind a balancer that has forgotten the connection. */
  hang(): void;
  /** Breaks in the middle. */
  drop(): void;
  close(): void;
}

/** Answers a watch: a line of JSON for each change, bookmarks in between, until its time is over. */
export function answerWatch(store: ObjectStore, request: WatchRequest, response: ServerResponse): OpenWatch {
  const { resource, isWanted, since, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, bookmarks } = request;
  let isHung = false;
  const { kind, group, version } = RESOURCE_TYPES[resource];
  const apiVersion = group ? `${group}/${version}` : version;
  const write = (type: string, object: object) => {
    if (!isHung && !response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
  response.flushHeaders();
  let stop: () => void = () => undefined;
  try {
    if (since === undefined) for (const object of store.list(resource, isWanted)) write("ADDED", object);
    stop = store.subscribe((change: Change) => {
      if (change.resource === resource && isWanted(change.object)) write(change.type, change.object);
    }, since);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    write("ERROR", error.body());
    response.end();
  }
  const bookmark = () =>
    write("BOOKMARK", {
      kind,
      apiVersion,
      metadata: { resourceVersion: String(store.told), creationTimestamp: null },
    });
  const beat = bookmarks ? setInterval(bookmark, BOOKMARK_MS) : undefined;
  const timer = setTimeout(() => {
    if (isHung) return;
    if (bookmarks) bookmark();
    response.end();
  }, timeoutSeconds * 1000);
  response.once("close", () => {
    stop();
    clearInterval(beat);
    clearTimeout(timer);
  });
  return {
    resource,
    hang: () => {
      isHung = true;
    },
    drop: () => response.destroy(),
    close: () => response.end(),
  };
}
