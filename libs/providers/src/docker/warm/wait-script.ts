/** Longer messages are left to a cold start: the shell reads them byte by byte. */
const LONGEST_MESSAGE = 32_768;
/** What the shell ends with when its input ended before the command came. */
export const NEVER_TOLD_CODE = 78;

/**
 * What a warm container runs until its command comes: it reads lines up to the agreed word, and then becomes the command, so that the container's
 * output, exit code and signals are the command's own. When its input ends first (whoever held it is gone), it says the word and ends: by that
 * an end before the command is told from the command's own. POSIX `sh`, builtins only.
 */
export const WAIT_SCRIPT = [
  "w=$1; s=",
  'while IFS= read -r l; do if [ "$l" = "$w" ]; then unset w l OLDPWD SHLVL; eval "$s"; exit 126; fi; s="$s$l',
  '"; done',
  `printf '%s\\n' "$w" >&2; exit ${NEVER_TOLD_CODE}`,
].join("\n");

/** Variables that a shell keeps for itself: setting one would fail, or not arrive as it is. */
const SHELLS_OWN =
  /^(_|IFS|PPID|UID|EUID|GROUPS|PWD|OLDPWD|SHLVL|OPTIND|OPTARG|OPTERR|LINENO|RANDOM|SECONDS|FUNCNAME|DIRSTACK|FUNCTION|SHELLOPTS|BASH.*|PIPESTATUS|EPOCH.*|SRANDOM|HISTCMD|HISTCONTROL|COMP_.*|ENV|PS[0-9]|POSIXLY_CORRECT)$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What is written to a waiting container: the environment, the command, the word. Everything is quoted; nothing of it is read by the shell.
 * @returns undefined where this shell could not do it exactly: then the worker starts cold. Pure.
 */
export function goMessage(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  word: string,
): string | undefined {
  const names = Object.keys(env);
  if (!command[0] || command[0].startsWith("-")) return undefined;
  if (names.some((name) => !NAME.test(name) || SHELLS_OWN.test(name))) return undefined;
  const exports = names.map((name) => `export ${name}=${quote(env[name] ?? "")}\n`).join("");
  const message = `unset s\n${exports}exec ${command.map(quote).join(" ")} </dev/null\n${word}\n`;
  return Buffer.byteLength(message) <= LONGEST_MESSAGE ? message : undefined;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
