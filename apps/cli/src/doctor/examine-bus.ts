import { type BusReport, type ConsumerReport, inspectBus, type StreamReport } from "@hodei/bus";
import { loadSettings } from "@hodei/runtime";
import { placeOf } from "./examine-database.ts";
import { advised, type Finding } from "./finding.ts";

/** More messages than this wait only when their reader does not keep up. */
const LAG = 10_000;
const NEARLY_FULL = 0.9;

/** The message server: reachable, with JetStream, its streams, and somebody who reads them. */
export async function* examineBus(url: string): AsyncGenerator<Finding> {
  let report: BusReport;
  try {
    report = await inspectBus({ url, name: "cli", auth: loadSettings("cli").natsAuth });
  } catch (error) {
    yield connectionFinding(url, error);
    return;
  }
  yield { area: "nats", severity: "ok", text: `NATS ${report.version} answers at ${report.server}, with JetStream` };
  const missing = report.streams.filter(({ state }) => state === null);
  if (missing.length > 0) {
    yield {
      area: "nats",
      severity: "warning",
      text: `streams are missing: ${missing.map(({ name }) => name).join(", ")}`,
      cause: "their store was lost, or no service has been here yet; no job that has a row is lost with them",
      fix: "a running service makes them again within seconds, and the rows say again what they held",
      commands: ["hodei status"],
    };
  }
  for (const stream of report.streams) yield* streamFindings(stream);
  for (const consumer of report.consumers) yield consumerFinding(consumer);
}

function connectionFinding(url: string, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : String(error);
  const finding = {
    area: "nats",
    severity: "problem",
    text: `NATS at ${placeOf(url)} cannot be used: ${reason}`,
  } as const;
  if (/authoriz|authent|credential/i.test(reason)) return advised("CONNECTION_STRING", finding);
  if (/jetstream|no responders|503/i.test(reason)) {
    return {
      ...finding,
      cause: "the server runs without JetStream",
      fix: "start nats-server with JetStream: nats-server -js",
    };
  }
  return {
    ...finding,
    cause: "nothing answers there: the server is stopped, or its address is another",
    fix: "start it, or set HODEI_NATS_URL to where it is; running workers go on meanwhile, and no job that has a row is lost",
    commands: ["hodei up", "hodei logs nats"],
    advice: ["CONNECTION_STRING"],
  };
}

function* streamFindings({ name, state }: StreamReport): Generator<Finding> {
  if (!state || state.maxBytes <= 0 || state.bytes < state.maxBytes * NEARLY_FULL) return;
  yield {
    area: "nats",
    severity: "note",
    text: `stream ${name} is full (${state.messages} messages); its oldest ones make room for new ones`,
  };
}

function consumerFinding({ name, subject, state }: ConsumerReport): Finding {
  const [service = ""] = name.split("-");
  const waiting = (state?.waiting ?? 0) + (state?.unacknowledged ?? 0);
  if (!state || (state.readers === 0 && state.unacknowledged === 0)) {
    return {
      area: "nats",
      severity: state && state.waiting === 0 ? "warning" : "problem",
      text: `nobody reads ${subject}: ${waiting} messages wait`,
      cause: `no ${service} runs, or it cannot reach NATS`,
      fix: `start the ${service}, and look at what it logs`,
      commands: ["hodei status", `hodei logs ${service}`],
    };
  }
  if (waiting > LAG) {
    return {
      area: "nats",
      severity: "warning",
      text: `${subject} is ${waiting} messages behind (${state.redelivered} delivered again)`,
      cause: `the ${service} does not keep up`,
      fix: `start more of it; each further ${service} shares the work`,
      commands: [`hodei logs ${service}`],
    };
  }
  return { area: "nats", severity: "ok", text: `${subject} is read; ${waiting} messages wait` };
}
