import { z } from "zod";

/** The provider types Hodei ships (design §2); a plug-in adds its own name. */
export const PROVIDER_TYPES = ["docker", "kubernetes", "lambda", "process", "simulated"] as const;
export type BuiltInProviderType = (typeof PROVIDER_TYPES)[number];

/** How a type is written: as PostgreSQL takes it in `provider_configs.provider_type`. */
export const PROVIDER_TYPE_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;

const yesOrNo = z.boolean({ error: "is neither true nor false; write one of them" });

/** What placement must know of a type before any provider of it is opened. */
export const ProviderTypeTraits = z
  .strictObject({
    /** A job with an `image` may go there (E5); `process` and `lambda` never ignore one. */
    runsImages: yesOrNo,
    /** A worker there needs an image: the job's, else the provider's `default_image`. */
    needsImage: yesOrNo,
    /** A job with only a `payload` and no `command` may go there. */
    takesPayload: yesOrNo,
    /** Its workers belong to the machine that started them: a provisioner on another one cannot see them. */
    isPerMachine: yesOrNo,
    /** The longest run the platform itself allows, in whole seconds; absent = no limit. */
    longestRunSeconds: z
      .int({ error: "is not a whole number of seconds; write one, or leave it out for no limit" })
      .positive({ error: "is not above 0; write the longest run in seconds, or leave it out for no limit" })
      .optional(),
  })
  .refine((traits) => traits.runsImages || !traits.needsImage, {
    path: ["needsImage"],
    error: "is true although runsImages is false; write runsImages: true, or needsImage: false",
  });
export type ProviderTypeTraits = z.output<typeof ProviderTypeTraits>;

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
