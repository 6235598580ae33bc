import type { Problem } from "@hodei/contracts";
import type { AdapterRegistry } from "@hodei/providers";
import type { ProviderSource } from "@hodei/store";

/** Everything that keeps a provider's configuration from use, by path; empty = valid (design §3.3). */
export async function judgeConfiguration(
  { providerType, config }: ProviderSource,
  { adapters, allowSimulated }: { adapters: AdapterRegistry; allowSimulated: boolean },
): Promise<Problem[]> {
  const problems = await adapters.judge(providerType, config);
  if (providerType !== "simulated" || allowSimulated) return problems;
  const message = "simulated runs nothing and reports success; set HODEI_ALLOW_SIMULATED=1 where that is wanted";
  return [...problems, { path: "provider_type", message }];
}
