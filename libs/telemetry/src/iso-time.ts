let second = Number.NaN;
let upToSecond = "";

/** A moment, in whole milliseconds since 1970, as ISO 8601. All up to its second is remembered from the last: writing it takes a microsecond. */
export function isoTime(ms = Date.now()): string {
  const of = Math.floor(ms / 1000);
  if (of !== second) {
    upToSecond = new Date(of * 1000).toISOString().slice(0, -4);
    second = of;
  }
  return `${upToSecond}${String(ms - of * 1000).padStart(3, "0")}Z`;
}
