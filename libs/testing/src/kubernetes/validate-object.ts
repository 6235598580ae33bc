import type { Container, Job, KubeObject } from "./objects.ts";
import { RESOURCE_TYPES, type ResourceName } from "./resource-types.ts";
import { type Cause, invalid } from "./status.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const QUALIFIED_NAME = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const QUANTITY = /^[+-]?(\d+|\d+\.\d*|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/;

/** The rules beyond shape that this server holds of what it is given. @throws StatusError 422 */
export function validateObject(resource: ResourceName, object: KubeObject): void {
  const causes = [...nameCauses(object.metadata.name), ...labelCauses("metadata", object.metadata.labels)];
  if (resource === "jobs") causes.push(...jobCauses(object as Job));
  if (resource === "secrets") causes.push(...secretCauses(object));
  if (causes.length > 0) throw invalid(RESOURCE_TYPES[resource], object.metadata.name ?? "", causes);
}

function nameCauses(name: string | undefined): Cause[] {
  if (!name) return [{ field: "metadata.name", message: "Required value: name or generateName is required" }];
  if (SUBDOMAIN.test(name) && name.length <= 253) return [];
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [{ field: "metadata.name", message: `Invalid value: "${name}": ${rule}` }];
}

function labelCauses(path: string, labels: Record<string, string> | undefined): Cause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => {
    const field = `${path}.labels`;
    if (!QUALIFIED_NAME.test(key))
      return [{ field, message: `Invalid value: "${key}": name part must consist of alphanumeric characters` }];
    if (value.length > 63) return [{ field, message: `Invalid value: "${value}": must be no more than 63 bytes` }];
    if (!LABEL_VALUE.test(value))
      return [
        {
          field,
          message: `Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'`,
        },
      ];
    return [];
  });
}

function jobCauses({ metadata, spec }: Job): Cause[] {
  const { template } = spec;
  const causes = labelCauses("spec.template", template.metadata?.labels);
  // The name becomes the value of a label of its pods.
  if (metadata.name.length > 63)
    causes.push({
      field: "spec.template.labels",
      message: `Invalid value: "${metadata.name}": must be no more than 63 bytes`,
    });
  if (!["Never", "OnFailure"].includes(template.spec.restartPolicy ?? "Always"))
    causes.push({
      field: "spec.template.spec.restartPolicy",
      message: `Required value: valid values: "OnFailure", "Never"`,
    });
  for (const key of ["activeDeadlineSeconds", "ttlSecondsAfterFinished", "backoffLimit"] as const)
    if ((spec[key] ?? 0) < 0)
      causes.push({ field: `spec.${key}`, message: `Invalid value: ${spec[key]}: must be greater than or equal to 0` });
  if (!["Failed", "TerminatingOrFailed", undefined].includes(spec.podReplacementPolicy))
    causes.push({
      field: "spec.podReplacementPolicy",
      message: `Unsupported value: "${spec.podReplacementPolicy}": supported values: "Failed", "TerminatingOrFailed"`,
    });
  if (template.spec.containers.length === 0)
    causes.push({ field: "spec.template.spec.containers", message: "Required value" });
  for (const [i, container] of template.spec.containers.entries())
    causes.push(...containerCauses(`spec.template.spec.containers[${i}]`, container));
  return causes;
}

function containerCauses(path: string, { name, image, env, resources }: Container): Cause[] {
  const causes: Cause[] = [];
  if (!LABEL.test(name))
    causes.push({ field: `${path}.name`, message: `Invalid value: "${name}": a lowercase RFC 1123 label` });
  if (!image) causes.push({ field: `${path}.image`, message: "Required value" });
  if (image?.trim() !== image)
    causes.push({
      field: `${path}.image`,
      message: `Invalid value: "${image}": must not have leading or trailing whitespace`,
    });
  for (const [i, { name: key, value, valueFrom }] of (env ?? []).entries()) {
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key))
      causes.push({
        field: `${path}.env[${i}].name`,
        message: `Invalid value: "${key}": a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.'`,
      });
    if (value && valueFrom)
      causes.push({
        field: `${path}.env[${i}].valueFrom`,
        message: `Invalid value: "": may not be specified when \`value\` is not empty`,
      });
  }
  return [...causes, ...resourceCauses(path, resources)];
}

function resourceCauses(path: string, resources: Container["resources"]): Cause[] {
  const causes: Cause[] = [];
  for (const kind of ["requests", "limits"] as const)
    for (const [key, text] of Object.entries(resources?.[kind] ?? {}))
      if (!QUANTITY.test(text))
        causes.push({
          field: `${path}.resources.${kind}[${key}]`,
          message: `Invalid value: "${text}": quantities must match the regular expression`,
        });
  for (const [key, text] of Object.entries(resources?.requests ?? {}))
    if (key.includes("/") && resources?.limits?.[key] !== text)
      causes.push({
        field: `${path}.resources.requests`,
        message: `Invalid value: "${text}": must be equal to ${key} limit`,
      });
  return causes;
}

function secretCauses({ data }: KubeObject): Cause[] {
  return Object.entries((data ?? {}) as Record<string, string>).flatMap(([key, value]) => {
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key))
      return [
        {
          field: `data[${key}]`,
          message: `Invalid value: "${key}": a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
        },
      ];
    if (Buffer.from(value, "base64").toString("base64") !== value)
      return [{ field: `data[${key}]`, message: "illegal base64 data" }];
    return [];
  });
}
