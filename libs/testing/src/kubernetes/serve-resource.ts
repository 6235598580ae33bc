import type { IncomingMessage, ServerResponse } from "node:http";
import { deletePod } from "./delete-pod.ts";
import type { Kubelet } from "./kubelet.ts";
import { listObjects, wanted } from "./list-objects.ts";
import { answerLog } from "./log-response.ts";
import type { ObjectStore } from "./object-store.ts";
import { isOwnedBy, type Job, type KubeObject, type Pod } from "./objects.ts";
import { patchPod } from "./patch-pod.ts";
import { isTrue, type ResourceRequest, readBody } from "./read-request.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";
import { badRequest, conflict, invalid, methodNotAllowed, notFound, StatusError } from "./status.ts";
import { checkFields } from "./strict-fields.ts";
import { validateObject } from "./validate-object.ts";
import { answerWatch, type OpenWatch } from "./watch-response.ts";

export interface ServeParts {
  store: ObjectStore;
  kubelet: Kubelet;
  /** The feature gate PodLogsQuerySplitStreams. */
  splitsStreams: () => boolean;
  watches: Set<OpenWatch>;
  logs: Set<ServerResponse>;
}

/** Answers a request that is permitted. @throws StatusError */
export async function serveResource(
  parts: ServeParts,
  asked: ResourceRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { store } = parts;
  switch (asked.verb) {
    case "list":
      return send(response, 200, listObjects(store, asked, store.oldest));
    case "watch":
      return watch(parts, asked, response);
    case "create":
      return send(response, 201, create(store, asked, await readBody(request)));
    case "patch":
      return send(response, 200, await patch(store, asked, request));
    case "delete":
      return send(response, 200, remove(store, asked, await readBody(request)));
    default:
      return asked.subresource === "log"
        ? log(parts, asked, response)
        : send(response, 200, store.require(asked.resource, asked.namespace, asked.name ?? ""));
  }
}

export function send(response: ServerResponse, code: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function watch({ store, watches }: ServeParts, asked: ResourceRequest, response: ServerResponse): void {
  const version = asked.query.get("resourceVersion");
  const seconds = asked.query.get("timeoutSeconds");
  const open = answerWatch(
    store,
    {
      resource: asked.resource,
      isWanted: wanted(asked),
      since: version && version !== "0" ? Number(version) : undefined,
      timeoutSeconds: seconds ? Number(seconds) : undefined,
      bookmarks: isTrue(asked.query.get("allowWatchBookmarks")),
    },
    response,
  );
  watches.add(open);
  response.once("close", () => watches.delete(open));
}

function create(
  store: ObjectStore,
  { resource, namespace, query }: ResourceRequest,
  body: Record<string, unknown>,
): KubeObject {
  const { kind, group, version } = RESOURCE_TYPES[resource];
  const apiVersion = group ? `${group}/${version}` : version;
  if (body["kind"] !== kind || body["apiVersion"] !== apiVersion)
    throw badRequest(
      `${kind} in version "${apiVersion}" cannot be handled as a ${kind}: no kind "${String(body["kind"])}" is registered for version "${String(body["apiVersion"])}"`,
    );
  if (query.get("fieldValidation") === "Strict") checkFields(kind, body);
  if (namespace && !store.get("namespaces", undefined, namespace)) throw notFound(RESOURCE_TYPES.namespaces, namespace);
  const draft = body as unknown as KubeObject;
  if (draft.metadata.namespace && draft.metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  const object = {
    ...draft,
    metadata: { ...draft.metadata, ...(namespace && { namespace }) },
    ...(resource === "jobs" && { status: {} }),
  };
  validateObject(resource, object);
  return store.create(resource, object);
}

async function patch(
  store: ObjectStore,
  { resource, namespace, name = "" }: ResourceRequest,
  request: IncomingMessage,
): Promise<object> {
  const object = store.require(resource, namespace, name);
  if (resource !== "pods") throw methodNotAllowed();
  const body = await readBody(request, "application/merge-patch+json");
  return patchPod(store, object as Pod, body) ?? object;
}

function remove(
  store: ObjectStore,
  { resource, namespace, name = "" }: ResourceRequest,
  body: Record<string, unknown>,
): object {
  if (Object.keys(body).length > 0) checkFields("DeleteOptions", body);
  const type = RESOURCE_TYPES[resource];
  const object = store.require(resource, namespace, name);
  const { uid } = (body["preconditions"] ?? {}) as { uid?: string };
  if (uid !== undefined && uid !== object.metadata.uid)
    throw conflict(
      type,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`,
    );
  const grace = body["gracePeriodSeconds"] as number | undefined;
  if (grace !== undefined && grace < 0)
    throw invalid({ ...type, kind: "DeleteOptions", group: "" }, "", [
      { field: "gracePeriodSeconds", message: `Invalid value: ${grace}: must be non-negative` },
    ]);
  if (resource === "pods") {
    deletePod(store, object as Pod, grace);
    return store.get(resource, namespace, name) ?? object;
  }
  if (resource === "jobs")
    orphanOrNot(store, object as Job, (body["propagationPolicy"] as string | undefined) ?? "Background");
  store.remove(resource, object);
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, group: type.group, kind: resource, uid: object.metadata.uid },
  };
}

/** With `Orphan` what a Job owned stays; otherwise the garbage collector takes it when the Job is gone. */
function orphanOrNot(store: ObjectStore, job: Job, policy: string): void {
  if (!["Background", "Foreground", "Orphan"].includes(policy))
    throw new StatusError(
      422,
      "Invalid",
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${policy}": supported values: "Foreground", "Background", "Orphan", "nil"`,
    );
  if (policy !== "Orphan") return;
  for (const pod of store.list<Pod>("pods", isOwnedBy(job)))
    store.update<Pod>("pods", pod, (draft) => {
      draft.metadata.ownerReferences = [];
    });
}

function log(
  { store, kubelet, splitsStreams, logs }: ServeParts,
  { namespace, name = "", query }: ResourceRequest,
  response: ServerResponse,
): void {
  const pod = store.require<Pod>("pods", namespace, name);
  const container = query.get("container") ?? pod.spec.containers[0]?.name ?? "";
  if (!pod.spec.containers.some((each) => each.name === container))
    throw badRequest(`container ${container} is not valid for pod ${name}`);
  const stream = query.get("stream") ?? undefined;
  if (stream !== undefined && !splitsStreams())
    throw invalid({ ...RESOURCE_TYPES.pods, kind: "PodLogOptions" }, "", [
      { field: "stream", message: "Forbidden: may not be specified", reason: "FieldValueForbidden" },
    ]);
  const written = kubelet.logOf(pod.metadata.uid);
  const waiting = pod.status.containerStatuses?.[0]?.state.waiting?.reason ?? "ContainerCreating";
  if (!written) throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${waiting}`);
  logs.add(response);
  response.once("close", () => logs.delete(response));
  const limit = query.get("limitBytes");
  answerLog(
    written,
    {
      follow: isTrue(query.get("follow")),
      timestamps: isTrue(query.get("timestamps")),
      sinceTime: query.get("sinceTime") ?? undefined,
      stream: stream === "Stdout" ? "stdout" : stream === "Stderr" ? "stderr" : undefined,
      limitBytes: limit ? Number(limit) : undefined,
    },
    response,
  );
}
