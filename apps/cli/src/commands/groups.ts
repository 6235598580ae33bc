/** Words with which several commands begin. */
export const GROUPS = [
  { name: "jobs", summary: "what was submitted, where it went and why" },
  { name: "providers", summary: "where jobs can run" },
  { name: "tokens", summary: "who may use the API from other machines" },
] as const;
