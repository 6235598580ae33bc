import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { Role as RoleNumber, required_role } from "@hodei/api/access";
import { Health } from "@hodei/api/grpc-health";
import { ServerReflection } from "@hodei/api/grpc-reflection";
import type { Role } from "@hodei/contracts";

/** A call, by the path that it has in every protocol. */
export interface GuardedCall {
  method: DescMethod;
  /** `null`: for everybody, like `/readyz`. */
  role: Role | null;
}

const WORDS: ReadonlyMap<RoleNumber, Role> = new Map([
  [RoleNumber.VIEWER, "viewer"],
  [RoleNumber.OPERATOR, "operator"],
  [RoleNumber.ADMIN, "admin"],
]);

/** Services whose files are standards of others: no option of ours stands there. */
const STANDARD: ReadonlyMap<string, Role | null> = new Map<string, Role | null>([
  [Health.typeName, null],
  [ServerReflection.typeName, "viewer"],
]);

/** The role that each call needs, as the proto files say. @throws when a call says none: it must not be served */
export function requiredRoles(services: readonly DescService[]): ReadonlyMap<string, GuardedCall> {
  return new Map(
    services.flatMap((service) =>
      service.methods.map(
        (method) => [`/${service.typeName}/${method.name}`, { method, role: roleOf(method) }] as const,
      ),
    ),
  );
}

function roleOf(method: DescMethod): Role | null {
  const standard = STANDARD.get(method.parent.typeName);
  if (standard !== undefined) return standard;
  const role = WORDS.get(getOption(method, required_role));
  if (role) return role;
  throw new Error(
    `${method.parent.typeName}.${method.name} says no role; write option (hodei.v1.required_role) = ROLE_…; in its .proto file`,
  );
}

/** A role as the API writes it. */
export function roleNumber(role: Role): RoleNumber {
  for (const [number, word] of WORDS) if (word === role) return number;
  return RoleNumber.UNSPECIFIED;
}

/** A role as rows have it; `undefined` for one that is none. */
export function roleWord(role: RoleNumber): Role | undefined {
  return WORDS.get(role);
}
