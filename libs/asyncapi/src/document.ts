import { STREAMS } from "@hodei/bus";
import { bodySchema } from "./body-schema.ts";
import { CHANNELS, type Channel } from "./channels.ts";
import type { Message } from "./message.ts";
import { MESSAGES, type MessageName } from "./messages.ts";

const TEXT = { type: "string" };
const NS_PER_SECOND = 1e9;

/** What stands in the headers of a message that Hodei publishes: CloudEvents 1.0, binary mode. */
const SENT_HEADERS = {
  type: "object",
  properties: {
    "Nats-Msg-Id": { ...TEXT, description: "The same for the same event: JetStream keeps the first" },
    "ce-specversion": { type: "string", const: "1.0" },
    "ce-id": { ...TEXT, description: "As Nats-Msg-Id" },
    "ce-type": { ...TEXT, description: "dev.hodei. and the subject" },
    "ce-source": { ...TEXT, description: "/hodei/ and the service" },
    "ce-time": { type: "string", format: "date-time" },
    traceparent: { ...TEXT, description: "W3C trace context of the job" },
  },
};

/** What Hodei reads in the headers of what it is sent; all may be left out. */
const HEARD_HEADERS = {
  type: "object",
  properties: {
    "Nats-Msg-Id": { ...TEXT, description: "The message's own id. A job without job_id is named after it" },
    "ce-id": { ...TEXT, description: "The same, where Nats-Msg-Id is left out" },
    traceparent: { ...TEXT, description: "W3C trace context: the job's trace goes on from it" },
  },
};

/** The stream that keeps a subject, and how long. Its bounds in bytes stand in libs/bus. */
export function keptBy({ address }: Pick<Channel, "address">): { stream: string; seconds: number } | undefined {
  const subject = address.replaceAll(/\{\w+\}/g, "*");
  const covers = (pattern: string) => pattern === subject || pattern.replace(">", "*") === subject;
  const stream = STREAMS.find(({ subjects }) => subjects.some(covers));
  return stream && { stream: stream.name, seconds: (stream.max_age ?? 0) / NS_PER_SECOND };
}

/** `jobStatusTimedOut` of `job.status.timed_out`, `jobLog` of `job.log.{job_id}`. */
function keyOf({ address }: Pick<Channel, "address">): string {
  return address.replaceAll(/\.\{\w+\}/g, "").replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
}

const reference = (path: string) => ({ $ref: `#/${path}` });
const named = <T>(channels: readonly Channel[], value: (channel: Channel) => T) =>
  Object.fromEntries(channels.map((channel) => [keyOf(channel), value(channel)]));

function channelEntry(channel: Channel) {
  const { address, description, message, parameter } = channel;
  const kept = keptBy(channel);
  return {
    address,
    description,
    messages: { [message]: reference(`components/messages/${message}`) },
    ...(parameter && {
      parameters: {
        [parameter.name]: {
          description: parameter.description,
          examples: [parameter.example],
          ...(parameter.values && { enum: parameter.values }),
        },
      },
    }),
    tags: [{ name: channel.audience }],
    ...(kept && { "x-jetstream": kept }),
  };
}

function operation(channel: Channel) {
  const path = `channels/${keyOf(channel)}`;
  return {
    action: channel.hodei === "receives" ? "receive" : "send",
    channel: reference(path),
    summary: MESSAGES[channel.message].summary,
    messages: [reference(`${path}/messages/${channel.message}`)],
    ...(channel.reply && {
      reply: {
        address: { location: "$message.header#/reply", description: "The inbox of who asked" },
        channel: reference(`channels/${keyOf(channel)}Reply`),
      },
    }),
  };
}

const replies = CHANNELS.flatMap((channel) =>
  channel.reply
    ? [
        [
          `${keyOf(channel)}Reply`,
          { address: null, messages: { [channel.reply]: reference(`components/messages/${channel.reply}`) } },
        ] as const,
      ]
    : [],
);

function messageEntry([name, { schema, summary, examples }]: [string, Message]) {
  const isHeard = CHANNELS.some(({ message, hodei }) => message === name && hodei === "receives");
  return [
    name,
    {
      name,
      summary,
      contentType: "application/json",
      headers: reference(`components/schemas/${isHeard ? "HeardHeaders" : "SentHeaders"}`),
      payload: bodySchema(schema),
      examples,
    },
  ];
}

/** The AsyncAPI 3 document of every subject, as seen from Hodei: `receive` is what others publish. */
export const DOCUMENT = {
  asyncapi: "3.0.0",
  info: {
    title: "Hodei on NATS",
    version: "1.0.0",
    description:
      "Jobs in, their states and logs out, and how the services talk. Subjects tagged `users` are for everybody and stay; those tagged `services` may change.",
    license: { name: "Apache-2.0" },
  },
  defaultContentType: "application/json",
  servers: { local: { host: "127.0.0.1:4222", protocol: "nats", description: "HODEI_NATS_URL" } },
  channels: { ...named(CHANNELS, channelEntry), ...Object.fromEntries(replies) },
  operations: named(CHANNELS, operation),
  components: {
    messages: Object.fromEntries(Object.entries<Message>(MESSAGES).map(messageEntry)) as Record<MessageName, object>,
    schemas: { SentHeaders: SENT_HEADERS, HeardHeaders: HEARD_HEADERS },
  },
};
