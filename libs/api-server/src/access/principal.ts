import { createContextKey } from "@connectrpc/connect";
import type { Role } from "@hodei/contracts";

/** Who makes a call. `name` is what histories and the audit log say: `token:ci`, `oidc:ana@example.com`, `loopback`. */
export interface Principal {
  name: string;
  role: Role;
}

/** Under it each call finds who makes it. */
export const principalKey = createContextKey<Principal | undefined>(undefined, { description: "principal" });
