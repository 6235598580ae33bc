import type { IncomingHttpHeaders } from "node:http";

/** What is known of a request before anything of its body is read. */
export interface CallFacts {
  headers: IncomingHttpHeaders;
  /** The address at the other end of the connection. */
  peerAddress: string | undefined;
  /** The client certificate, where one was shown and its authority is ours. */
  commonName: string | undefined;
}

/** Headers by which a proxy says that the caller is somebody else. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/**
 * Whether a call comes from this very machine and nowhere else, and so needs no token. All of it must hold: the registry listens on
 * loopback only; the peer is on loopback; no proxy speaks for somebody else; and no page of another origin got a browser here to speak
 * for it (a rebound DNS name shows in `host`, a page in `origin`).
 */
export function isLoopbackCall({ headers, peerAddress }: CallFacts, boundHost: string): boolean {
  const authority = headers[":authority"] ?? headers.host;
  return (
    isLoopbackHost(boundHost) &&
    isLoopbackHost(peerAddress ?? "") &&
    !FORWARDED.some((name) => headers[name] !== undefined) &&
    (authority === undefined || isLoopbackUrl(`http://${String(authority)}`)) &&
    (headers.origin === undefined || isLoopbackUrl(headers.origin))
  );
}

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}

function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").replace(/^::ffff:/, "");
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}
