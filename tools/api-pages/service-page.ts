import { type DescFile, type DescMessage, type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { Role, required_role as requiredRole } from "@hodei/api/access";
import { enumList, linkTo, messageTable, pageOf } from "./message-table.ts";
import { commentOf } from "./read-services.ts";

/** A request that a running cluster has answered: written by test/api-docs.test.ts. */
export interface Example {
  call: string;
  title?: string;
  request: object;
  answer?: object;
  messages?: object[];
  status?: number;
  error?: object;
}

const json = (value: object) => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

function answer({ answer: whole, messages, status, error }: Example): string {
  if (error) return `Refused with ${status}:\n\n${json(error)}`;
  if (messages) return `The stream:\n\n${messages.map(json).join("\n\n")}`;
  return `Answer:\n\n${json(whole ?? {})}`;
}

const example = (each: Example) =>
  [...(each.title ? [`**${each.title}.**`] : []), `Request:\n\n${json(each.request)}`, answer(each)].join("\n\n");

function section(method: DescMethod, examples: readonly Example[], page: string): string {
  const shown = examples.filter(({ call }) => call === `${method.parent.name}.${method.name}`);
  if (shown.length === 0)
    throw new Error(`docs/api/examples.json shows no ${method.name}; add it to test/api-requests.ts`);
  const role = (Role[getOption(method, requiredRole)] ?? "").toLowerCase();
  const stream = method.methodKind === "server_streaming" ? " The answer is a stream." : "";
  const fields = method.input.fields.length > 0 ? [messageTable(method.input, page)] : [];
  return [
    `### ${method.name}`,
    `\`POST /${method.parent.typeName}/${method.name}\` · role ${role}`,
    `${commentOf(method)}${stream}`,
    ...fields,
    ...shown.map(example),
    `Fields of the answer: ${method.output.fields.length > 0 ? linkTo(method.output, page) : "none"}.`,
  ].join("\n\n");
}

/** What is described once and used by several calls: all but the requests, which stand at their calls. */
function sharedMessages(file: DescFile, service: DescService): DescMessage[] {
  const requests = new Set(service.methods.map(({ input }) => input.typeName));
  return file.messages.filter(({ typeName, fields }) => !requests.has(typeName) && fields.length > 0);
}

/** The page of one service. */
export function servicePage(file: DescFile, service: DescService, examples: readonly Example[]): string {
  const page = pageOf(file.name);
  const messages = sharedMessages(file, service).map((message) => {
    const comment = commentOf(message);
    const told = comment.startsWith("See ") ? [] : [comment];
    return [`### ${message.name}`, ...told, messageTable(message, page)].join("\n\n");
  });
  const enums = file.enums.map((each) => [`### ${each.name}`, commentOf(each), enumList(each)].join("\n\n"));
  return `<!-- Written by tools/write-api.ts from proto/ and examples.json: npm run docs; the examples by npx vitest run test/api-docs.test.ts -u -->
# ${service.name}

${commentOf(service)} [How to call it](README.md).

${service.methods.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(" · ")}

## Calls

${service.methods.map((method) => section(method, examples, page)).join("\n\n")}

## Messages

${[...messages, ...enums].join("\n\n")}
`;
}
