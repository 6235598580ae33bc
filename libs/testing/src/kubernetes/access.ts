import { forbidden, type ResourceType, type StatusError } from "./status.ts";

/** Who asks. */
export interface Account {
  name: string;
  groups: string[];
}

/** A rule of a Role or ClusterRole. */
export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/** What an account may do: in one namespace, or everywhere (`*`). */
export interface Grant {
  user: string;
  namespace: string;
  rules: readonly PolicyRule[];
}

/** What is asked. */
export interface Access {
  verb: string;
  group: string;
  resource: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
}

/** RBAC: allowed when any rule of any binding allows it; there is no denying. */
export function mayAccess(account: Account, grants: readonly Grant[], access: Access): boolean {
  if (account.groups.includes("system:masters")) return true;
  return grants
    .filter(({ user, namespace }) => user === account.name && (namespace === "*" || namespace === access.namespace))
    .some(({ rules }) => rules.some((rule) => allows(rule, access)));
}

function allows({ apiGroups, resources, verbs, resourceNames }: PolicyRule, access: Access): boolean {
  const resource = access.subresource ? `${access.resource}/${access.subresource}` : access.resource;
  return (
    has(apiGroups, access.group) &&
    has(resources, resource) &&
    has(verbs, access.verb) &&
    (!resourceNames || resourceNames.includes(access.name ?? ""))
  );
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes("*") || list.includes(wanted);
}

export function refuse(account: Account, type: ResourceType, access: Access): StatusError {
  const { verb, subresource, namespace, name = "" } = access;
  const resource = subresource ? `${type.resource}/${subresource}` : type.resource;
  const where = namespace ? `in the namespace "${namespace}"` : "at the cluster scope";
  const why = `User "${account.name}" cannot ${verb} resource "${resource}" in API group "${type.group}" ${where}`;
  return forbidden(type, name, why);
}
