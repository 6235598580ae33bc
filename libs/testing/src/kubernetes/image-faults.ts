/** What is wrong with an image; an image that is not named here is pulled at once and runs. */
export interface ImageFault {
  /** It cannot be pulled, in the registry's words. */
  pull?: string;
  /** It runs as root, which a pod with runAsNonRoot refuses unless it names a user. */
  isRoot?: boolean;
  /** Its container cannot be made or run: the waiting reason and the runtime's words. */
  container?: { reason: "CreateContainerError" | "RunContainerError" | "CreateContainerConfigError"; message: string };
  /** A sidecar that is put beside it ends again and again. */
  sidecarCrashes?: boolean;
}

const REFERENCE =
  /^[a-z0-9]+([._-][a-z0-9]+)*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

export function isImageName(image: string): boolean {
  return REFERENCE.test(image);
}
