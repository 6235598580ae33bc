import { X509Certificate } from "node:crypto";
import type { ClusterAccess } from "./cluster-access.ts";

/** When a certificate of the kubeconfig is valid. */
export interface CertificateValidity {
  of: "client certificate" | "certificate authority";
  subject: string;
  from: Date;
  to: Date;
}

/** The certificates that the kubeconfig brings; of a bundle of authorities the one that lives longest counts, since one is enough. */
export function certificateValidities(access: ClusterAccess): CertificateValidity[] {
  const { client, authority } = access.certificates();
  // What follows a client certificate is its chain; its own end is what expires first in practice.
  const clients = client ? read(client).slice(0, 1) : [];
  const authorities = authority ? read(authority).sort((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo)) : [];
  return [
    ...clients.map((certificate) => validityOf("client certificate", certificate)),
    ...authorities.slice(0, 1).map((certificate) => validityOf("certificate authority", certificate)),
  ];
}

/** What is wrong with it at that moment, in the words of the vendors' tools; undefined when nothing is. */
export function expiryProblem({ of, subject, from, to }: CertificateValidity, now: Date): string | undefined {
  if (now >= from && now <= to) return undefined;
  const why = now > to ? `expired at ${to.toISOString()}` : `is not valid before ${from.toISOString()}`;
  return `x509: certificate has expired or is not yet valid: the ${of} ${subject} of the kubeconfig ${why}; now is ${now.toISOString()}`;
}

function validityOf(
  of: CertificateValidity["of"],
  { subject, validFrom, validTo }: X509Certificate,
): CertificateValidity {
  return { of, subject: subject.replaceAll("\n", ","), from: new Date(validFrom), to: new Date(validTo) };
}

function read(pem: Buffer): X509Certificate[] {
  const blocks = pem.toString("latin1").match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      // The connection says it better than a check of the file could.
      return [];
    }
  });
}
