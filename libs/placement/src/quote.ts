/** A text as SQL has it: 'it''s'. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** JSON as SQL has it. */
export function sqlJson(value: unknown): string {
  return sqlText(JSON.stringify(value));
}

/** A word as a shell has it: as it is where that is safe, else in quotes. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
