/** Label set of `hodei_provider_selection_failures_total{reason}` (design §8). */
export const REFUSAL_REASONS = [
  "status",
  "health",
  "capacity",
  "resources",
  "type",
  "labels",
  "annotations",
  "regions",
  "excluded",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];
