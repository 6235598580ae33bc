import type { DockerConfig } from "@hodei/contracts";
import { StartError } from "../provider.ts";
import { resolveReference } from "../resolve-reference.ts";

const DOCKER_HUB = "docker.io";
const HUB_NAMES: ReadonlySet<string> = new Set([
  "index.docker.io",
  "registry-1.docker.io",
  "hub.docker.com",
  DOCKER_HUB,
]);

/** The registry that an image comes from: what stands before the first slash where that is a host, else Docker Hub. Pure. */
export function registryOf(image: string): string {
  const slash = image.indexOf("/");
  const first = slash > 0 ? image.slice(0, slash) : "";
  return first.includes(".") || first.includes(":") || first === "localhost" ? registryName(first) : DOCKER_HUB;
}

/** `https://index.docker.io/v1/` and `docker.io` are the same registry. */
function registryName(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return HUB_NAMES.has(host) ? DOCKER_HUB : host;
}

/** What the engine shows to a registry (`X-Registry-Auth`). */
export interface RegistryCredentials {
  username: string;
  password: string;
  serveraddress: string;
}

/**
 * The credentials for pulling an image, resolved now. Only for the registry that they are of: the engine would hand them to whichever registry the
 * image names. @throws StartError CONFIG_INVALID naming the reference, never what is behind it
 */
export function credentialsFor(image: string, auth: DockerConfig["registry_auth"]): RegistryCredentials | undefined {
  if (!auth) return undefined;
  const address = auth.server_address ?? DOCKER_HUB;
  if (registryName(address) !== registryOf(image)) return undefined;
  try {
    const serveraddress = registryName(address) === DOCKER_HUB ? "https://index.docker.io/v1/" : address;
    return { username: auth.username, password: resolveReference(auth.password), serveraddress };
  } catch (error) {
    throw new StartError("CONFIG_INVALID", `registry_auth.password: ${auth.password} is not to be read here`, {
      cause: error,
    });
  }
}
