/** An answer that is none of what was asked for: a `Status` (meta/v1) with its HTTP code, in the real server's words. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: object | undefined;
  constructor(code: number, reason: string, message: string, details?: object) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
  body(): object {
    const { code, reason, message, details } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details && { details }),
      code,
    };
  }
}

export interface ResourceType {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
}

/** `jobs.batch`, `pods`. */
function qualified({ group, resource }: ResourceType): string {
  return group ? `${resource}.${group}` : resource;
}

const detailsOf = (type: ResourceType, name: string) => ({
  name,
  ...(type.group && { group: type.group }),
  kind: type.resource,
});

export const unauthorized = () => new StatusError(401, "Unauthorized", "Unauthorized");
export const noSuchPath = () =>
  new StatusError(404, "NotFound", "the server could not find the requested resource", {});
export const methodNotAllowed = () =>
  new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
export const badRequest = (message: string) => new StatusError(400, "BadRequest", message);
export const notFound = (type: ResourceType, name: string) =>
  new StatusError(404, "NotFound", `${qualified(type)} "${name}" not found`, detailsOf(type, name));
export const alreadyExists = (type: ResourceType, name: string) =>
  new StatusError(409, "AlreadyExists", `${qualified(type)} "${name}" already exists`, detailsOf(type, name));
export const conflict = (type: ResourceType, name: string, why: string) =>
  new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(type)} "${name}": ${why}`,
    detailsOf(type, name),
  );
export const expired = (asked: number, oldest: number) =>
  new StatusError(410, "Expired", `too old resource version: ${asked} (${oldest})`);
export const forbidden = (type: ResourceType, name: string, why: string) =>
  new StatusError(
    403,
    "Forbidden",
    `${qualified(type)}${name ? ` "${name}"` : ""} is forbidden: ${why}`,
    detailsOf(type, name),
  );

export interface Cause {
  field: string;
  message: string;
  reason?: string;
}

export function invalid({ kind, group }: ResourceType, name: string, causes: readonly Cause[]): StatusError {
  const words = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = words.length === 1 ? words[0] : `[${words.join(", ")}]`;
  return new StatusError(422, "Invalid", `${kind}${group ? `.${group}` : ""} "${name}" is invalid: ${all}`, {
    name,
    ...(group && { group }),
    kind,
    causes: causes.map((cause) => ({ reason: "FieldValueInvalid", ...cause })),
  });
}
