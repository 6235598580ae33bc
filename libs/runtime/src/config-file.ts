import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Problem, problemsOf } from "@hodei/contracts";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";

/** What the TOML file of `HODEI_CONFIG` may say; the environment has the last word on each. */
export interface ConfigFile {
  /** `[logging] level` */
  level?: string;
  /** `[plugins] packages`, and the folder of the file, which relative paths in it start from. */
  plugins?: { packages: readonly string[]; folder: string };
  /** `[retention] archive_after_seconds` and `seconds`, as the environment has them: text. */
  retention?: { archive_after_seconds?: string | undefined; seconds?: string | undefined };
}

const isText = { error: "is not a string; write it in quotes" };
const Seconds = z
  .number({ error: "is not a number; write one without quotes, for example 86400" })
  .transform(String)
  .optional();
const Content = z.object({
  logging: z.object({ level: z.string(isText).optional() }).optional(),
  plugins: z
    .strictObject({
      packages: z.array(z.string(isText), {
        error: 'is not a list; write for example packages = ["@acme/hodei-nomad"]',
      }),
    })
    .optional(),
  retention: z.strictObject({ archive_after_seconds: Seconds, seconds: Seconds }).optional(),
});

/** Reads the file; what is wrong with it is added to `problems`. */
export function readConfigFile(path: string | undefined, problems: Problem[]): ConfigFile {
  if (!path) return {};
  try {
    const parsed = Content.safeParse(parseToml(readFileSync(path, "utf8")));
    if (!parsed.success) {
      for (const problem of problemsOf(parsed.error))
        problems.push({ ...problem, path: `HODEI_CONFIG ${path} ${problem.path}` });
      return {};
    }
    const { logging, plugins, retention } = parsed.data;
    return {
      ...(logging?.level !== undefined && { level: logging.level }),
      ...(plugins && { plugins: { packages: plugins.packages, folder: dirname(resolve(path)) } }),
      ...(retention && { retention }),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${path} cannot be read as TOML (${reason}); write for example [logging] and level = "debug"`;
    problems.push({ path: "HODEI_CONFIG", message });
    return {};
  }
}
