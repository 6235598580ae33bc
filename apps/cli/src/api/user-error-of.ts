import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@hodei/api/errors";
import { UserError } from "../errors.ts";

/** What the API says to programs, as a person types it. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^there is no job "([a-z0-9-]+)"; ListJobs shows those there are$/, "there is no job $1; see: hodei jobs list"],
  [/ListJobs shows those there are/, "see: hodei jobs list"],
  [/ListTokens shows those there are/, "see: hodei tokens list"],
  [/see ListProviderHistory/, "see: hodei providers get"],
  [/there is none yet$/, "there is none yet: hodei providers add -f FILE"],
  [/update it, or choose another name$/, "change it with: hodei providers update NAME -f FILE"],
  [
    /(make one with hodei tokens create), and send it as: .*$/,
    "$1, and set HODEI_TOKEN to it, or write --token-file FILE",
  ],
];

/** Certificates of authorities that this machine does not know. */
const UNKNOWN_AUTHORITY = /self[- ]signed|unable to (get|verify)|UNABLE_TO|CERT_/i;

/** What a call failed with, and what to type now. @param name of what was asked */
export function userErrorOf(error: unknown, name: string): UserError {
  if (error instanceof UserError) return error;
  const { code, rawMessage, cause } = ConnectError.from(error);
  const said = WORDS.reduce((text, [words, instead]) => text.replace(words, instead), rawMessage);
  return new UserError(`${said}${nextStep(code, said, name)}`, {
    code,
    problems: problemsOf(error),
    cause: cause ?? error,
  });
}

function problemsOf(error: unknown): UserError["problems"] {
  if (!(error instanceof ConnectError)) return [];
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) =>
      fieldViolations.map(({ field, description }) => ({ path: field, message: description })),
    );
}

const FAULTS: readonly Code[] = [Code.Unavailable, Code.Unknown, Code.Internal];

function nextStep(code: Code, said: string, name: string): string {
  if (code === Code.PermissionDenied) {
    const [, role = "ROLE"] = /needs the role (\w+)/.exec(said) ?? [];
    return `; have an admin type: hodei tokens create NAME --role ${role}, and set HODEI_TOKEN to what it prints`;
  }
  if (code === Code.Unimplemented) return `; ${name} does not know this call: is it Hodei, and as new as this command?`;
  return FAULTS.includes(code) ? faultOf(said, name) : "";
}

function faultOf(said: string, name: string): string {
  if (UNKNOWN_AUTHORITY.test(said)) return `; if ${name} is the right one, name its authority: --ca FILE`;
  if (/ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|socket|EPROTO/.test(said))
    return `; ${name} does not answer: check the address (--server, HODEI_API_URL), and that the registry runs`;
  return "";
}
