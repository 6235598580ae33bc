import { existsSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import type { Contender } from "./contender.ts";

/** How a peer is run: at its documented best or as it comes, by one process or two. */
export interface Flavour {
  tuned: boolean;
  processes: number;
}

/** Who a contender is: `graphile-worker 0.18.0, tuned` and how many processes it has. */
export function describePeer(
  peer: { name: string; package: string; tuned: object },
  { tuned, processes }: Flavour,
): Pick<Contender, "name" | "isDefault" | "variant" | "settings"> {
  const variant = `${peer.name}, ${tuned ? "tuned" : "defaults"}`;
  return {
    name: `${variant}, ${processes} ${processes === 1 ? "process" : "processes"}`,
    isDefault: !tuned,
    variant,
    settings: `${versionOf(peer.package)}, ${tuned ? JSON.stringify(peer.tuned).replaceAll('"', "") : "nothing set"}`,
  };
}

/** The version of an installed package. */
function versionOf(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (!path || !existsSync(path)) return "unknown";
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
