import { isBuiltInProviderType, type Problem, parseProviderConfig } from "@hodei/contracts";
import { adapters, hasAdapter } from "@hodei/providers";
import type { ProviderSource } from "@hodei/store";

/** Everything that keeps a provider's configuration from use, by path; empty = valid (design §3.3). */
export function judgeConfiguration(
  provider: ProviderSource,
  { allowSimulated }: { allowSimulated: boolean },
): Problem[] {
  const parsed = parseProviderConfig(provider.providerType, provider.config);
  const problems = parsed.ok ? [] : [...parsed.problems];
  if (isBuiltInProviderType(provider.providerType) && !hasAdapter(provider.providerType)) {
    const message = `the adapter for ${provider.providerType} is not part of this build; it has ${Object.keys(adapters).join(", ")}`;
    problems.push({ path: "provider_type", message });
  }
  if (provider.providerType === "simulated" && !allowSimulated) {
    const message = "simulated runs nothing and reports success; set HODEI_ALLOW_SIMULATED=1 where that is wanted";
    problems.push({ path: "provider_type", message });
  }
  return problems;
}
