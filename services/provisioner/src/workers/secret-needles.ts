/** Values shorter than this are not masked: they would hide half of every line. */
const SHORTEST_SECRET = 4;
/** A line of a secret of several lines counts by itself from this length on. */
const SHORTEST_LINE = 8;
/** Encoded forms are looked for from this many bytes on; shorter ones stand in any text by chance. */
const SHORTEST_ENCODED_BYTES = 8;
/** And up to this many: a bundle of certificates is not worth ten times its size in memory. */
const LONGEST_ENCODED_BYTES = 16_384;

/**
 * Every text in which a secret may stand in a log: as it is, each longer line of it, and as base64 (both alphabets, also inside a longer
 * encoded text), hex, URL-encoded and as a JSON string. Pure.
 */
export function secretNeedles(secrets: readonly string[]): string[] {
  const needles = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf);
  return [...new Set(needles.filter((needle) => needle.length >= SHORTEST_SECRET))];
}

function formsOf(secret: string): string[] {
  const forms = [secret];
  if (secret.includes("\n")) {
    const lines = secret.split(/\r?\n/).map((line) => line.trim());
    forms.push(...lines.filter((line) => line.length >= SHORTEST_LINE));
  }
  const data = Buffer.from(secret);
  if (data.length < SHORTEST_ENCODED_BYTES || data.length > LONGEST_ENCODED_BYTES) return forms;
  const hex = data.toString("hex");
  const base64 = [0, 1, 2].map((shift) => base64At(data, shift));
  return [
    ...forms,
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/** The characters of base64 that the secret alone decides when `shift` bytes (modulo 3) stand before it. */
function base64At(data: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), data]).toString("base64");
  return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + data.length) * 8) / 6));
}
