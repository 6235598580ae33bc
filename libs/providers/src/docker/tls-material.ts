import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { DockerConfig } from "@hodei/contracts";
import { StartError } from "../provider.ts";
import { resolveReference } from "../resolve-reference.ts";

/** What a connection by TLS rests on: PEM texts, and how long they hold. */
export interface TlsMaterial {
  ca: string;
  cert: string;
  key: string;
  validity: Validity;
}

/** When the first certificate of several begins to be missing. */
export interface Validity {
  /** The latest start and the earliest end of all of them. */
  from: Date;
  to: Date;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads what the references name, at the moment of use. @throws StartError CONFIG_INVALID naming the reference, never what is behind it */
export function readTlsMaterial({ ca, cert, key }: NonNullable<DockerConfig["tls"]>): TlsMaterial {
  const pems = { ca: readPem("ca", ca), cert: readPem("cert", cert), key: readPem("key", key) };
  return { ...pems, validity: validityOf("tls.ca and tls.cert", `${pems.ca}\n${pems.cert}`) };
}

function readPem(field: string, reference: string): string {
  try {
    const value = resolveReference(reference);
    // `env:NAME` may hold the PEM itself or the path of a file with it.
    return value.includes("-----BEGIN") ? value : readFileSync(value, "utf8");
  } catch (error) {
    throw new StartError(
      "CONFIG_INVALID",
      `tls.${field}: ${reference} is not to be read here; write env:NAME or file:/path of a PEM file`,
      {
        cause: error,
      },
    );
  }
}

/** How long all certificates in a PEM text are valid together. */
function validityOf(what: string, pem: string): Validity {
  try {
    const certificates = (pem.match(CERTIFICATE) ?? []).map((each) => new X509Certificate(each));
    if (certificates.length === 0) throw new Error("no certificate in it");
    return {
      from: new Date(Math.max(...certificates.map((each) => Date.parse(each.validFrom)))),
      to: new Date(Math.min(...certificates.map((each) => Date.parse(each.validTo)))),
    };
  } catch (error) {
    throw new StartError("CONFIG_INVALID", `${what}: not a PEM certificate; write the reference of one`, {
      cause: error,
    });
  }
}

/** Why certificates cannot be used now; `undefined` where they can. An engine says of an expired client only that it is bad. */
export function invalidity({ from, to }: Validity, now: Date): string | undefined {
  if (now > to)
    return `certificate has expired: the client's certificate or its authority ended at ${to.toISOString()}`;
  if (now < from)
    return `certificate is not yet valid: the client's certificate or its authority begins at ${from.toISOString()}`;
  return undefined;
}
