const WINDOW = 20;
const CHANGES = 4;

/** How often the answers changed between yes and no. */
export function changesIn(recent: string): number {
  let changes = 0;
  for (let i = 1; i < recent.length; i += 1) if (recent[i] !== recent[i - 1]) changes += 1;
  return changes;
}

/**
 * Four changes among the last 20 checks are flapping (docs/decisions/0010). Such a provider stays Degraded while it answers, and leaves
 * or enters placement only after twice as many checks in a row.
 */
export function isFlapping(recent: string): boolean {
  return changesIn(recent) >= CHANGES;
}

/** `+` answered, `-` did not; the newest is last. */
export function remember(recent: string, answered: boolean): string {
  return `${recent}${answered ? "+" : "-"}`.slice(-WINDOW);
}
