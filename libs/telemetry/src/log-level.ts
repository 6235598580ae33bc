import type { LevelWithSilent } from "pino";

const LEVELS: readonly LevelWithSilent[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/**
 * The level of one service out of `HODEI_LOG_LEVEL`: `debug`, or per service `info,selector=debug`; what names the service wins.
 * @throws RangeError that names the bad part and what to write instead
 */
export function logLevelOf(setting: string, service: string): LevelWithSilent {
  let general: LevelWithSilent = "info";
  let own: LevelWithSilent | undefined;
  for (const part of setting.split(",").map((text) => text.trim())) {
    if (!part) continue;
    const [name = "", named] = part
      .toLowerCase()
      .split("=")
      .map((text) => text.trim());
    const level = LEVELS.find((known) => known === (named ?? name));
    if (!level)
      throw new RangeError(
        `"${part}" is not a log level; write one of ${LEVELS.join(", ")}, or for example info,selector=debug`,
      );
    if (named === undefined) general = level;
    else if (name.replace(/^hodei[_-]/, "") === service) own = level;
  }
  return own ?? general;
}
