import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Role } from "@hodei/contracts";
import type { Caller } from "@hodei/store";

/** Who makes a call. `name` is what histories and the audit log say: `token:ci`, `oidc:ana@example.com`, `loopback`. */
export interface Principal extends Caller {
  role: Role;
}

/** Under it each call finds who makes it. */
export const principalKey = createContextKey<Principal | undefined>(undefined, { description: "principal" });

/** @throws when a call got past the guard without a name: nothing may be changed by nobody */
export function callerOf({ values }: HandlerContext): Principal {
  const principal = values.get(principalKey);
  if (!principal) throw new Error("the call was not judged by the guard");
  return principal;
}
