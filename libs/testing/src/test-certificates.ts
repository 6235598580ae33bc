import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface TestCertificate {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

const DAY_MS = 86_400_000;
/** `20261125120000Z`, as openssl takes it. */
const asn1 = (date: Date) =>
  `${date
    .toISOString()
    .replace(/[-:T]|\.\d+/g, "")
    .slice(0, 14)}Z`;

/** A self-signed certificate for 127.0.0.1 and localhost, valid from and to so many days from now: also in the past. */
export function testCertificate(folder: string, { fromDays = -1, toDays = 365 } = {}): TestCertificate {
  const at = (name: string) => join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("serial"), "01\n");
  writeFileSync(
    at("openssl.cnf"),
    `[ca]
default_ca = own
[own]
database = ${at("index.txt")}
serial = ${at("serial")}
new_certs_dir = ${folder}
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:TRUE
subjectAltName = DNS:localhost, IP:127.0.0.1
`,
  );
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const [certFile, keyFile] = [at("cert.pem"), at("key.pem")];
  const config = ["-config", at("openssl.cnf")];
  openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", keyFile, "-out", at("request.pem"), ...config);
  const dates = [fromDays, toDays].map((days) => asn1(new Date(Date.now() + days * DAY_MS)));
  const validity = ["-startdate", dates[0] ?? "", "-enddate", dates[1] ?? ""];
  openssl(
    "ca",
    "-batch",
    "-selfsign",
    "-keyfile",
    keyFile,
    "-in",
    at("request.pem"),
    "-out",
    certFile,
    ...validity,
    ...config,
  );
  return { certFile, keyFile, cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}
