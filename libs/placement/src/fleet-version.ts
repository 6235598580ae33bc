import type { HealthState } from "@hodei/contracts";

/** Four 32-bit words: wide enough that two fleets never meet by chance. */
export type Words = [number, number, number, number];

const HEALTH_CODES: Readonly<Record<HealthState, number>> = { unknown: 0, healthy: 1, degraded: 2, unhealthy: 3 };

/**
 * The version of a fleet is a hash of what decisions are explained by: each provider's configuration, its health, and whether it is full.
 * Providers are combined by XOR, so that one that changes costs the same in a fleet of any size, and equal fleets have equal versions
 * whatever their history and whichever process asks.
 */
export interface FleetVersion {
  add(words: Words): void;
  remove(words: Words): void;
  readonly text: string;
}

export function makeFleetVersion(): FleetVersion {
  const sum: Words = [0, 0, 0, 0];
  let text: string | undefined;
  const toggle = (words: Words) => {
    for (let i = 0; i < 4; i += 1) sum[i] = ((sum[i] ?? 0) ^ (words[i] ?? 0)) >>> 0;
    text = undefined;
  };
  return {
    add: toggle,
    remove: toggle,
    get text() {
      text ??= sum.map((word) => word.toString(36).padStart(7, "0")).join("");
      return text;
    },
  };
}

/** Hash of a provider's configuration as text. */
export function hashText(text: string): Words {
  const words: Words = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x85a308d3];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    for (let i = 0; i < 4; i += 1) words[i] = stir(words[i] ?? 0, code + i);
  }
  return words;
}

/** What a provider adds to the version: its configuration, health and fullness. */
export function hashState(configuration: Words, health: HealthState, isFull: boolean): Words {
  const code = HEALTH_CODES[health] * 2 + (isFull ? 2 : 1);
  const [a, b, c, d] = configuration;
  return [stir(a, code), stir(b, code), stir(c, code), stir(d, code)];
}

function stir(word: number, value: number): number {
  let mixed = Math.imul(word ^ value, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
