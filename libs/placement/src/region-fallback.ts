import type { FallbackStep } from "./decision.ts";
import { intersects } from "./eligibility.ts";
import type { FleetProvider } from "./fleet-provider.ts";
import type { Requirements } from "./requirements.ts";

/** A step of the region fallback: whom it keeps. */
interface Step {
  step: FallbackStep;
  keeps: (provider: FleetProvider) => boolean;
}

/** The steps that apply to a job, in order; the first that keeps anybody is used (design §4 "Region fallback"). */
export function fallbackSteps({ preferredRegion, allowedRegions }: Requirements): Step[] {
  const steps: Step[] = [];
  if (preferredRegion !== null) {
    steps.push({ step: "R1-preferred", keeps: (provider) => provider.preferredRegion === preferredRegion });
    steps.push({ step: "R1-allowed", keeps: (provider) => provider.allowedRegions.includes(preferredRegion) });
  }
  if (allowedRegions.length > 0) {
    steps.push({
      step: "R2",
      keeps: (provider) =>
        intersects(allowedRegions, provider.allowedRegions) ||
        (provider.preferredRegion !== null && allowedRegions.includes(provider.preferredRegion)),
    });
  }
  steps.push({ step: "R3", keeps: () => true });
  return steps;
}
