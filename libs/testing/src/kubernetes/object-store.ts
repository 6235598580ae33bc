import { randomUUID } from "node:crypto";
import type { KubeObject, Metadata } from "./objects.ts";
import { RESOURCE_TYPES, type ResourceName } from "./resource-types.ts";
import { alreadyExists, expired, notFound } from "./status.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

export interface Change {
  type: ChangeType;
  resource: ResourceName;
  version: number;
  object: KubeObject;
}

type Draft = Omit<KubeObject, "metadata"> & { metadata: Partial<Metadata> };

/** Changes that a watch can still be told; etcd keeps some minutes of them. */
const HISTORY = 20_000;

/** etcd and the watch cache in one: objects, one version counter, and what happened lately. */
export class ObjectStore {
  #version = 1;
  #oldest = 1;
  #told = 1;
  #history: Change[] = [];
  readonly #objects = new Map<ResourceName, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();

  /** The first version that can still be watched from. */
  get oldest(): number {
    return this.#oldest;
  }

  /** The last version that every listener has heard of: what a bookmark may say. */
  get told(): number {
    return this.#told;
  }

  get version(): number {
    return this.#version;
  }

  /** Calls `listener` after each change, and at once for what happened since `version`. @throws 410 when that is too long ago */
  subscribe(listener: (change: Change) => void, since = this.#version): () => void {
    if (since < this.#oldest) throw expired(since, this.#oldest);
    let last = since;
    const hear = (change: Change) => {
      // What is on its way to the others already was replayed to this one.
      if (change.version <= last) return;
      last = change.version;
      listener(change);
    };
    for (const change of this.#history) hear(change);
    this.#listeners.add(hear);
    return () => void this.#listeners.delete(hear);
  }

  /** Forgets what happened, as etcd does when it compacts: who knows less than everything has to list again. */
  compact(): void {
    this.#version += 1;
    this.#history = [];
    this.#oldest = this.#version;
    this.#told = this.#version;
  }

  create<T extends KubeObject>(resource: ResourceName, draft: Draft): T {
    const { generateName } = draft.metadata;
    const name = draft.metadata.name ?? `${(generateName ?? "").slice(0, 58)}${randomUUID().slice(0, 5)}`;
    const key = keyOf(draft.metadata.namespace, name);
    if (this.#all(resource).has(key)) throw alreadyExists(RESOURCE_TYPES[resource], name);
    const object = {
      ...structuredClone(draft),
      metadata: {
        ...structuredClone(draft.metadata),
        name,
        uid: randomUUID(),
        resourceVersion: "",
        creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
      },
    } as KubeObject;
    this.#put("ADDED", resource, object);
    return structuredClone(object) as T;
  }

  get<T extends KubeObject>(resource: ResourceName, namespace: string | undefined, name: string): T | undefined {
    const object = this.#all(resource).get(keyOf(namespace, name));
    return object && (structuredClone(object) as T);
  }

  /** Copies of what is wanted; nothing else is copied. `isWanted` looks and changes nothing. */
  list<T extends KubeObject>(resource: ResourceName, isWanted: (object: T) => boolean = () => true): T[] {
    const wanted = ([...this.#all(resource).values()] as T[]).filter(isWanted);
    return wanted.map((object) => structuredClone(object));
  }

  /** Changes an object that is there; nothing when it is gone. */
  update<T extends KubeObject>(
    resource: ResourceName,
    { metadata }: KubeObject,
    change: (object: T) => void,
  ): T | undefined {
    const current = this.#all(resource).get(keyOf(metadata.namespace, metadata.name));
    if (!current || current.metadata.uid !== metadata.uid) return undefined;
    const next = structuredClone(current) as T;
    change(next);
    if (JSON.stringify(next) === JSON.stringify(current)) return next;
    this.#put("MODIFIED", resource, next);
    return structuredClone(next);
  }

  /** Takes it away for good. */
  remove(resource: ResourceName, { metadata }: KubeObject): void {
    const key = keyOf(metadata.namespace, metadata.name);
    const object = this.#all(resource).get(key);
    if (!object || object.metadata.uid !== metadata.uid) return;
    this.#all(resource).delete(key);
    this.#tell("DELETED", resource, structuredClone(object));
  }

  require<T extends KubeObject>(resource: ResourceName, namespace: string | undefined, name: string): T {
    const found = this.get<T>(resource, namespace, name);
    if (!found) throw notFound(RESOURCE_TYPES[resource], name);
    return found;
  }

  #put(type: ChangeType, resource: ResourceName, object: KubeObject): void {
    this.#tell(type, resource, object);
    this.#all(resource).set(keyOf(object.metadata.namespace, object.metadata.name), object);
  }

  #tell(type: ChangeType, resource: ResourceName, object: KubeObject): void {
    this.#version += 1;
    object.metadata.resourceVersion = String(this.#version);
    const change: Change = { type, resource, version: this.#version, object: structuredClone(object) };
    this.#history.push(change);
    if (this.#history.length > HISTORY) this.#oldest = this.#history.shift()?.version ?? this.#version;
    // Controllers react after the write is done, as they do on another machine.
    setImmediate(() => {
      this.#told = change.version;
      for (const listener of [...this.#listeners]) listener(change);
    });
  }

  #all(resource: ResourceName): Map<string, KubeObject> {
    const known = this.#objects.get(resource) ?? new Map();
    this.#objects.set(resource, known);
    return known;
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
