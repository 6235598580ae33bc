import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** An authority of the test's own, a server's certificate for 127.0.0.1, and clients' for as long as they are wanted. */
export interface TestAuthority {
  ca: CertificateFiles;
  server: CertificateFiles;
  client: CertificateFiles;
  /** Issues another one; the dates are openssl's, `20200101000000Z`. */
  issue(name: string, validity: { from: string; to: string }): CertificateFiles;
}

const YEAR = { from: "20200101000000Z", to: "20991231000000Z" };

export function testAuthority(directory: string): TestAuthority {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe", cwd: directory });
  const files = (name: string) => ({ cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const ca = files("ca");
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    ca.key,
    "-out",
    ca.cert,
    "-days",
    "3650",
    "-subj",
    "/CN=test authority",
  );
  writeFileSync(join(directory, "index.txt"), "");
  writeFileSync(join(directory, "serial"), "01\n");
  writeFileSync(
    join(directory, "ca.cnf"),
    `[ca]\ndefault_ca = own\n[own]\ndir = ${directory}\ndatabase = ${directory}/index.txt\nserial = ${directory}/serial\nnew_certs_dir = ${directory}\ndefault_md = sha256\npolicy = any\nunique_subject = no\nx509_extensions = ext\n[any]\ncommonName = supplied\n[ext]\nsubjectAltName = IP:127.0.0.1,DNS:localhost\nextendedKeyUsage = serverAuth,clientAuth\n`,
  );

  function issue(name: string, { from, to }: { from: string; to: string }): CertificateFiles {
    const issued = files(name);
    const request = join(directory, `${name}.csr`);
    openssl("req", "-new", ...newKey, "-keyout", issued.key, "-out", request, "-subj", `/CN=${name}`);
    const signing = ["-batch", "-notext", "-config", join(directory, "ca.cnf"), "-cert", ca.cert, "-keyfile", ca.key];
    openssl("ca", ...signing, "-startdate", from, "-enddate", to, "-in", request, "-out", issued.cert);
    return issued;
  }

  return { ca, server: issue("server", YEAR), client: issue("client", YEAR), issue };
}
