import { AwsError, invalidParameter, violation } from "./aws-error.ts";

/** Body of `CreateFunction`, as far as a zip function needs it. */
export interface CreateFunction {
  FunctionName: string;
  Role: string;
  Code: { ZipFile: string };
  Runtime: string;
  Handler: string;
  Description?: string;
  Timeout?: number;
  MemorySize?: number;
  Publish?: boolean;
  Layers?: string[];
  Tags?: Record<string, string>;
  Architectures?: string[];
  Environment?: { Variables?: Record<string, string> };
}

/** Known to the API; whatever else stands in a body is refused, since here it can only be a mistake. */
const KEYS = new Set(
  "FunctionName Role Code Runtime Handler Description Timeout MemorySize Publish Layers Tags Architectures Environment VpcConfig DeadLetterConfig KMSKeyArn TracingConfig PackageType FileSystemConfigs ImageConfig CodeSigningConfigArn EphemeralStorage SnapStart LoggingConfig".split(
    " ",
  ),
);
/** Identifiers of the Lambda Developer Guide, "Lambda runtimes". */
const RUNTIMES = new Set(
  "nodejs24.x nodejs22.x nodejs20.x python3.14 python3.13 python3.12 python3.11 python3.10 java25 java21 java17 dotnet9 dotnet8 ruby3.4 ruby3.3 provided.al2023 provided.al2".split(
    " ",
  ),
);
const NAME = /^[a-zA-Z0-9-_]{1,64}$/;
const ROLE = /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/;
const LAYER = /^arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+$/;
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** Refuses what Lambda refuses, in its words. @throws AwsError */
export function validateCreate(body: unknown): CreateFunction {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new AwsError(400, "InvalidRequestContentException", "Could not parse request body into json");
  const unknown = Object.keys(body).find((key) => !KEYS.has(key));
  if (unknown) throw new AwsError(400, "InvalidRequestContentException", `Unrecognized field "${unknown}"`);
  const wanted = body as CreateFunction;
  if (!NAME.test(String(wanted.FunctionName)))
    throw violation(
      wanted.FunctionName,
      "functionName",
      `Member must satisfy regular expression pattern: ${NAME.source}`,
    );
  if (!ROLE.test(String(wanted.Role)))
    throw violation(wanted.Role, "role", `Member must satisfy regular expression pattern: ${ROLE.source}`);
  if (!RUNTIMES.has(wanted.Runtime))
    throw invalidParameter(
      `Value ${wanted.Runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${[...RUNTIMES].join(", ")}]`,
    );
  if (typeof wanted.Handler !== "string" || !/^[^\s]{1,128}$/.test(wanted.Handler))
    throw violation(wanted.Handler, "handler", "Member must satisfy regular expression pattern: [^\\s]+");
  if (typeof wanted.Code?.ZipFile !== "string") throw invalidParameter("Please provide a source for function code.");
  validateNumbers(wanted);
  validateLayers(wanted);
  validateTags(wanted.Tags ?? {});
  return wanted;
}

function validateNumbers({ Timeout = 3, MemorySize = 128 }: CreateFunction): void {
  if (!Number.isInteger(Timeout) || Timeout < 1)
    throw violation(Timeout, "timeout", "Member must have value greater than or equal to 1");
  if (Timeout > 900) throw violation(Timeout, "timeout", "Member must have value less than or equal to 900");
  if (!Number.isInteger(MemorySize) || MemorySize < 128)
    throw violation(MemorySize, "memorySize", "Member must have value greater than or equal to 128");
  if (MemorySize > 10_240)
    throw violation(MemorySize, "memorySize", "Member must have value less than or equal to 10240");
}

function validateLayers({ Layers = [] }: CreateFunction): void {
  if (Layers.length > 5) throw invalidParameter("Cannot reference more than 5 layers.");
  const bad = Layers.find((layer) => !LAYER.test(layer));
  if (bad !== undefined)
    throw violation(
      `[${bad}]`,
      "layers",
      `Member must satisfy constraint: [Member must satisfy regular expression pattern: ${LAYER.source}]`,
    );
}

function validateTags(tags: Record<string, string>): void {
  for (const [key, value] of Object.entries(tags)) {
    if (!TAG_KEY.test(key) || !TAG_VALUE.test(value)) throw invalidParameter(`Tag ${key}=${value} is not valid`);
  }
  if (Object.keys(tags).length > 50) throw invalidParameter("There are too many tags");
}
