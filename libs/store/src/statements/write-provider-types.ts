import type { ProviderTypeTraits } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A provider type as a registry knows it; `package` and `version` are the plug-in's, `null` where the type is built in. */
export interface ProviderTypeRow {
  type: string;
  traits: ProviderTypeTraits;
  package: string | null;
  version: string | null;
}

/**
 * Writes the types that this registry knows. Those it does not know stay for a day: while versions are rolled out, another registry may
 * know them, and a provider whose type is gone is kept out of placement by its `config_errors`.
 */
export async function writeProviderTypes(tx: Queryable, types: readonly ProviderTypeRow[]): Promise<void> {
  await tx.query({
    name: "write-provider-types",
    text: `INSERT INTO provider_types (type, runs_images, needs_image, takes_payload, is_per_machine, longest_run_seconds, package, version)
           SELECT * FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::boolean[], $5::boolean[], $6::integer[], $7::text[], $8::text[]) AS i
            ORDER BY 1
           ON CONFLICT (type) DO UPDATE SET runs_images = EXCLUDED.runs_images, needs_image = EXCLUDED.needs_image,
             takes_payload = EXCLUDED.takes_payload, is_per_machine = EXCLUDED.is_per_machine, longest_run_seconds = EXCLUDED.longest_run_seconds,
             package = EXCLUDED.package, version = EXCLUDED.version, updated_at = now()`,
    values: [
      types.map(({ type }) => type),
      types.map(({ traits }) => traits.runsImages),
      types.map(({ traits }) => traits.needsImage),
      types.map(({ traits }) => traits.takesPayload),
      types.map(({ traits }) => traits.isPerMachine),
      types.map(({ traits }) => traits.longestRunSeconds ?? null),
      types.map((each) => each.package),
      types.map((each) => each.version),
    ],
  });
  await tx.query("DELETE FROM provider_types WHERE updated_at < now() - interval '1 day'");
}
