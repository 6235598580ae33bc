import { bodySchema, type JsonSchema } from "./body-schema.ts";
import { CHANNELS, type Channel } from "./channels.ts";
import { keptBy } from "./document.ts";
import type { Message } from "./message.ts";
import { MESSAGES, type MessageName } from "./messages.ts";

const HOUR = 3600;
const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

function kept(channel: Channel): string {
  const found = keptBy(channel);
  if (!found) return "";
  const hours = found.seconds / HOUR;
  const long = hours > 24 ? `for ${hours / 24} days` : hours > 0 ? `for ${hours} h` : "until it is taken";
  return ` Kept in \`${found.stream}\` ${long}.`;
}

function subjects(audience: Channel["audience"], hodei?: Channel["hodei"]): string {
  const isShown = (channel: Channel) => channel.audience === audience && channel.hodei === (hodei ?? channel.hodei);
  const rows = CHANNELS.filter(isShown).map((channel) => [
    `\`${channel.address.replaceAll(/\{(\w+)\}/g, "<$1>")}\``,
    [link(channel.message), ...(channel.reply ? [link(channel.reply)] : [])].join(", answered by "),
    `${channel.description}${kept(channel)}`,
  ]);
  return table(["subject", "body", "meaning"], rows);
}

const link = (name: MessageName) => `[${name}](#${name.toLowerCase()})`;

/** `"string"`, `"text to text"`, `"list of objects"`: what a value is, in words. */
function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object" && !schema.properties) return "map of string to string";
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  const { minimum, maximum } = schema;
  const between = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}` : "";
  return `${schema.type ?? "any JSON"}${between}`;
}

function fields(schema: JsonSchema, prefix = ""): string[][] {
  if (schema.items?.properties) return fields(schema.items, `${prefix.slice(0, -1)}[].`);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    [`\`${prefix}${name}\``, typeOf(field), schema.required?.includes(name) ? "always" : "", field.description ?? ""],
    ...(field.properties || field.items?.properties ? fields(field, `${prefix}${name}.`) : []),
  ]);
}

function section([name, { schema, summary, examples }]: [string, Message]): string {
  const body = bodySchema(schema);
  const tables = (body.oneOf ?? [body]).map((each) => table(["field", "type", "", "meaning"], fields(each)));
  const shown = examples.map((example) => {
    return `${example.name[0]?.toUpperCase()}${example.name.slice(1)}:\n\n\`\`\`json\n${JSON.stringify(example.payload, null, 2)}\n\`\`\``;
  });
  return [`### ${name}`, summary, ...tables, ...shown].join("\n\n");
}

/** docs/messages.md: what the AsyncAPI document says, for people. */
export const MESSAGES_PAGE = `<!-- Written by tools/write-asyncapi.ts from libs/contracts and libs/asyncapi: change it there, then type npm run docs. -->
# Messages

Every subject, its body and an example of each. Programs read the same in [asyncapi.json](asyncapi.json) (AsyncAPI 3), which is made from the schemas that the services check bodies with.
Complete clients in TypeScript, Python and Go are in [examples/clients](../examples/clients/README.md).

## What you publish

${subjects("users", "receives")}

Headers, all of them optional: \`Nats-Msg-Id\` (or \`ce-id\`), the message's own id, so that it may be sent again; \`traceparent\`, so that the job's trace goes on from yours.

## What you hear

${subjects("users", "sends")}

What Hodei publishes has the headers \`Nats-Msg-Id\` and those of CloudEvents 1.0 in binary mode: \`ce-id\`, \`ce-type\`, \`ce-source\`, \`ce-time\`.

## Subjects of the services

How the four services talk. They may change; do not build on them.

${subjects("services")}

## Bodies

${Object.entries<Message>(MESSAGES).map(section).join("\n\n")}
`;
