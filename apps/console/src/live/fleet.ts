import type { Provider } from "@hodei/api/provider";
import { useEffect } from "react";
import { providers } from "../api/clients.ts";
import { follow } from "./follow.ts";
import { gather } from "./gather.ts";
import { makeStore, useStore } from "./make-store.ts";

export interface Fleet {
  /** By name. */
  providers: readonly Provider[];
  /** False until the first whole picture. */
  isKnown: boolean;
}

const fleet = makeStore<Fleet>({ providers: [], isKnown: false });
let byId = new Map<string, Provider>();
let users = 0;
let close: (() => void) | undefined;

/** Every provider, live; one stream however many parts of a page ask. */
export function useFleet(): Fleet {
  useEffect(() => {
    users += 1;
    close ??= open();
    return () => {
      users -= 1;
      if (users > 0) return;
      close?.();
      close = undefined;
    };
  }, []);
  return useStore(fleet);
}

function open(): () => void {
  const drawing = gather(show);
  /** A whole picture that is being received; what was known stays on show until it is whole. */
  let next: Map<string, Provider> | undefined;
  const stop = follow({
    name: "providers",
    open: (signal) => providers.watchProviders({}, { signal }),
    onMessage({ providers: changed, removedIds, synced }, isFirst) {
      if (isFirst) next = new Map();
      const target = next ?? byId;
      for (const provider of changed) target.set(provider.id, provider);
      for (const id of removedIds) target.delete(id);
      if (synced) {
        byId = target;
        next = undefined;
        show();
      } else drawing.soon();
    },
  });
  return () => {
    stop();
    drawing.stop();
  };
}

function show(): void {
  const sorted = [...byId.values()].sort((a, b) => compareNames(nameOf(a), nameOf(b)));
  fleet.set({ providers: sorted, isKnown: true });
}

export const nameOf = ({ config, id }: Provider) => config?.name ?? id;

function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
