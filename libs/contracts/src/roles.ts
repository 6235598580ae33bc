/** What a caller of the API may do (design §10); each includes those before it. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Whether who has the role `has` may do what needs `needs`. */
export function roleCovers(has: Role, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs);
}
