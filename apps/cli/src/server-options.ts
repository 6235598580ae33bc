import type { OptionDefinition } from "./command-definition.ts";

/** Where the API is and who asks; each has a variable, so that it is written once. */
export const SERVER_OPTIONS: readonly OptionDefinition[] = [
  { flags: "--server <url>", summary: "the API to ask (HODEI_API_URL); without one the database is asked itself" },
  {
    flags: "--token-file <file>",
    summary: "holds the token (HODEI_TOKEN_FILE; HODEI_TOKEN is the token itself)",
    completes: "files",
  },
  { flags: "--ca <file>", summary: "authority of the server's certificate, PEM (HODEI_API_CA)", completes: "files" },
  { flags: "--cert <file>", summary: "our certificate for mutual TLS, PEM (HODEI_API_CERT)", completes: "files" },
  { flags: "--key <file>", summary: "its private key, PEM (HODEI_API_KEY)", completes: "files" },
];

/** Those options as a command gets them. */
export interface ServerOptions {
  server?: string;
  tokenFile?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

/** The API that is named, by option or variable; nothing where none is. */
export function serverOf({ server }: ServerOptions): string | undefined {
  return server || process.env["HODEI_API_URL"] || undefined;
}
