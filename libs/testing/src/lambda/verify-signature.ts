import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AwsError } from "./aws-error.ts";

/** Whom the endpoint knows. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Temporary credentials come with one. */
  sessionToken?: string;
  hasExpired?: boolean;
}

export interface SignedRequest {
  method: string;
  /** As on the wire, with the query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/lambda\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const SKEW_MS = 5 * 60_000;

/** AWS Signature Version 4, checked as AWS checks it. @throws AwsError with AWS's own words */
export function verifySignature(request: SignedRequest, region: string, credentials: Credentials): void {
  const header = request.headers.authorization;
  if (!header) throw new AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  const match = FORM.exec(header);
  if (!match)
    throw new AwsError(403, "IncompleteSignatureException", `Authorization header is not of the form: ${header}`);
  const [, accessKeyId, date = "", scopeRegion = "", signedHeaders = "", signature = ""] = match;
  if (accessKeyId !== credentials.accessKeyId || request.headers["x-amz-security-token"] !== credentials.sessionToken)
    throw new AwsError(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
  if (credentials.hasExpired)
    throw new AwsError(403, "ExpiredTokenException", "The security token included in the request is expired");
  if (scopeRegion !== region)
    throw invalidSignature(`Credential should be scoped to a valid region, not '${scopeRegion}'.`);
  const time = String(request.headers["x-amz-date"] ?? "");
  if (!time.startsWith(date) || Math.abs(Date.now() - parseTime(time)) > SKEW_MS)
    throw invalidSignature(`Signature expired: ${time} is now earlier than allowed`);
  const scope = `${date}/${region}/lambda/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonicalRequest(request, signedHeaders))].join("\n");
  const key = [date, region, "lambda", "aws4_request"].reduce<Buffer>(
    (previous, part) => hmac(previous, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex")))
    throw invalidSignature(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
}

function invalidSignature(message: string): AwsError {
  return new AwsError(403, "InvalidSignatureException", message);
}

function canonicalRequest({ method, url, headers, body }: SignedRequest, signedHeaders: string): string {
  const [path = "/", query = ""] = url.split("?");
  const canonicalHeaders = signedHeaders
    .split(";")
    .map(
      (name) =>
        `${name}:${String(headers[name] ?? "")
          .trim()
          .replace(/\s+/g, " ")}\n`,
    )
    .join("");
  const canonicalPath = path.split("/").map(encode).join("/");
  const canonicalQuery = query ? query.split("&").sort().join("&") : "";
  return [method, canonicalPath, canonicalQuery, canonicalHeaders, signedHeaders, sha256(body)].join("\n");
}

/** Each part of the path once more, as every service but S3 wants it. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `20260101T120000Z` */
function parseTime(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
