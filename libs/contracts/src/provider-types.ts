/** The provider types Hodei ships (design §2); a plug-in adds its own name. */
export const PROVIDER_TYPES = ["docker", "kubernetes", "lambda", "process", "simulated"] as const;
export type BuiltInProviderType = (typeof PROVIDER_TYPES)[number];

/** What placement must know of a type before any provider of it is opened. */
export interface ProviderTypeTraits {
  /** A job with an `image` may go there (E5); `process` and `lambda` never ignore one. */
  runsImages: boolean;
  /** A worker there needs an image: the job's, else the provider's `default_image`. */
  needsImage: boolean;
  /** A job with only a `payload` and no `command` may go there. */
  takesPayload: boolean;
  /** Its workers belong to the machine that started them: a provisioner on another one cannot see them. */
  isPerMachine: boolean;
  /** The longest run the platform itself allows, in seconds; absent = no limit. */
  longestRunSeconds?: number;
}

export const PROVIDER_TYPE_TRAITS: Readonly<Record<BuiltInProviderType, ProviderTypeTraits>> = {
  docker: { runsImages: true, needsImage: true, takesPayload: false, isPerMachine: false },
  kubernetes: { runsImages: true, needsImage: true, takesPayload: false, isPerMachine: false },
  lambda: { runsImages: false, needsImage: false, takesPayload: true, isPerMachine: false, longestRunSeconds: 900 },
  process: { runsImages: false, needsImage: false, takesPayload: false, isPerMachine: true },
  simulated: { runsImages: true, needsImage: false, takesPayload: true, isPerMachine: false },
};

export function isBuiltInProviderType(type: string): type is BuiltInProviderType {
  return (PROVIDER_TYPES as readonly string[]).includes(type);
}
