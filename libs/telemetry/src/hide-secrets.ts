const CENSOR = "[redacted]";
/** Shorter values stand in any text by chance. */
const SHORTEST = 6;
/** Longer ones are bundles of certificates. */
const LONGEST = 8_192;
/** Known at most; the one that was used longest ago is forgotten. Each costs a search in every log line. */
const MOST = 256;
const known = new Set<string>();

/** Secrets as texts have them when nobody meant to write them down: in URLs, in headers, in connection strings. */
const SHAPES: readonly [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"\\]+@/gi, `$1${CENSOR}@`],
  [/\b(bearer|basic)\s+[a-z0-9+/_.~=-]{8,}/gi, `$1 ${CENSOR}`],
  [
    /\b((?:ssl|pg)?password|passwd|secret|token|api[_-]?key|access[_-]?key|passphrase)\s?=\s?(?:'[^']*'|[^\s"'\\,;&})]+)/gi,
    `$1=${CENSOR}`,
  ],
];

/** A value that was resolved from a reference: it never appears in a log line or a failure's message of this process from now on. */
export function keepSecret(value: string): string {
  if (value.length < SHORTEST || value.length > LONGEST) return value;
  known.delete(value);
  known.add(value);
  if (known.size > MOST) known.delete(known.values().next().value ?? "");
  return value;
}

/** The text with every known secret, and everything of a secret's shape, taken out: the last net under "nothing secret" (design I6). */
export function hideSecrets(text: string): string {
  let hidden = text;
  for (const secret of known) {
    hidden = replaced(hidden, secret);
    const escaped = JSON.stringify(secret).slice(1, -1);
    if (escaped !== secret) hidden = replaced(hidden, escaped);
  }
  for (const [shape, replacement] of SHAPES) hidden = hidden.replace(shape, replacement);
  return hidden;
}

function replaced(text: string, secret: string): string {
  return text.includes(secret) ? text.replaceAll(secret, CENSOR) : text;
}
