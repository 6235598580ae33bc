import type { ProviderTypeTraits, Resources } from "@hodei/contracts";
import type { AdapterContext, Provider } from "../provider.ts";

/** One provider type: how it is called, what its configuration may say, and how a provider of it is opened. */
export interface PluginProviderType<Config> {
  /** The word in `provider_type` and `config.type`: lower-case letters, digits, `_` and `-`, at most 63; none that exists already. */
  type: string;
  /** What placement has to know before any provider of it is opened. */
  traits: ProviderTypeTraits;
  /**
   * Reads the type's own keys. It is given `config` without `type` and without what every type has (`health_check_config`, `capabilities`,
   * `default_resources`, `start_concurrency`, and `default_image` where `traits.runsImages`), which Hodei reads itself. Be strict: a key
   * that is not known is a problem.
   */
  config: ConfigSchema<Config>;
  /**
   * Opens a provider; `config` is what the schema made of it. Called again when the configuration changes, and by several processes for
   * the same provider: the provisioner to run workers, the health service for each check. Keep it cheap; connect in the calls.
   * @throws StartError with CONFIG_INVALID where the configuration cannot work here
   */
  open(config: Config, context: PluginContext): Provider | Promise<Provider>;
}

/** What a provider of a plug-in may know of the system around it. */
export interface PluginContext extends AdapterContext {
  /** The image of jobs that name none. Only for types whose workers are images. */
  defaultImage?: string;
  /** What a worker gets where its job is silent: thousandths of a core, bytes, whole GPUs. */
  defaultResources: Resources;
}

/** Any schema that keeps to Standard Schema 1 (https://standardschema.dev): zod, valibot, arktype, or a few lines of your own. */
export interface ConfigSchema<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Only for the compiler. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** A value, or every problem with its path. A message says what was found and what to write instead. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
