import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface KeyPair {
  cert: string;
  key: string;
}

/** A certificate authority of one test, in a folder of that test's own. */
export interface Authority {
  readonly cert: string;
  /** `days` below 0: it has expired already. */
  issue(name: string, subject: string, options?: { days?: number; hosts?: string }): KeyPair;
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });

export function makeAuthority(folder: string): Authority {
  const at = (file: string) => join(folder, file);
  openssl(
    "req",
    "-x509",
    ...EC,
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.crt"),
    "-subj",
    "/CN=hodei-test-ca",
    "-days",
    "30",
  );
  return {
    cert: readFileSync(at("ca.crt"), "utf8"),
    issue(name, subject, { days = 30, hosts } = {}) {
      const [key, request, cert, extensions] = ["key", "csr", "crt", "ext"].map((end) => at(`${name}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      openssl("req", ...EC, "-keyout", key, "-out", request, "-subj", subject);
      writeFileSync(extensions, hosts ? `subjectAltName=${hosts}\n` : "extendedKeyUsage=clientAuth\n");
      const by = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial"];
      openssl("x509", "-req", "-in", request, ...by, "-days", String(days), "-extfile", extensions, "-out", cert);
      return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
    },
  };
}
