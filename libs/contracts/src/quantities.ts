/**
 * Kubernetes resource quantities (`500m`, `2`, `256Mi`, `4G`), read to whole units.
 * Source: Kubernetes "Quantity", apimachinery/pkg/api/resource.
 */
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};
const CPU = /^(\d{1,9})(?:\.(\d{1,3}))?(m?)$/;
const MEMORY = /^(\d{1,15})(?:\.(\d{1,6}))?([A-Za-z]{0,2})$/;

/** CPU in thousandths of a core; `undefined` when `text` is not a CPU quantity or is finer than 1m. */
export function parseCpuMillis(text: string | number): number | undefined {
  const match = CPU.exec(String(text));
  if (!match) return undefined;
  const [, whole = "", fraction = "", milli] = match;
  if (milli) return fraction ? undefined : Number(whole);
  return Number(whole) * 1000 + Number(fraction.padEnd(3, "0") || 0);
}

/** Memory in bytes, rounded up; `undefined` when `text` is not a memory quantity. */
export function parseMemoryBytes(text: string | number): number | undefined {
  const match = MEMORY.exec(String(text));
  if (!match) return undefined;
  const [, whole = "", fraction, suffix = ""] = match;
  const unit = DECIMAL_SUFFIXES[suffix] ?? BINARY_SUFFIXES[suffix];
  if (unit === undefined) return undefined;
  const bytes = Math.ceil(Number(fraction === undefined ? whole : `${whole}.${fraction}`) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The sentence an unreadable memory quantity gets: what was found and what to write instead. */
export function memoryHint(text: string | number): string {
  const [, number, suffix] = /^(\d+(?:\.\d+)?)\s*([KMGTP])i?[bB]$/i.exec(String(text)) ?? [];
  const unit = suffix?.toUpperCase();
  const instead = number && unit ? `write ${number}${unit} or ${number}${unit}i` : "write for example 256Mi or 4G";
  return `${JSON.stringify(text)} is not a quantity; ${instead}`;
}

/** The same for CPU. */
export function cpuHint(text: string | number): string {
  return `${JSON.stringify(text)} is not a CPU quantity; write for example 500m or 2`;
}
