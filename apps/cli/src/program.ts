import { Command } from "commander";
import { addAuditCommand } from "./commands/audit.ts";
import { addClusterCommands } from "./commands/cluster.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addJobCommands } from "./commands/jobs.ts";
import { addMigrateCommand } from "./commands/migrate.ts";
import { addProviderCommands } from "./commands/providers.ts";
import { addRunCommand } from "./commands/run.ts";
import { addTokenCommands } from "./commands/tokens.ts";

/** The whole command line (design §3). */
export function makeProgram(): Command {
  const program = new Command("hodei")
    .description("Places jobs on the compute you have, starts their workers, and can always say why")
    .version("0.1.0")
    .option("--debug", "show where an error happened")
    .showHelpAfterError("(hodei --help shows what there is)")
    .exitOverride()
    .enablePositionalOptions();
  addClusterCommands(program);
  addRunCommand(program);
  addJobCommands(program);
  addProviderCommands(program);
  addTokenCommands(program);
  addAuditCommand(program);
  addDoctorCommand(program);
  addMigrateCommand(program);
  for (const command of allCommands(program)) command.exitOverride();
  return program;
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
