import { currentBootId, processIdentity } from "@hodei/runtime";

/**
 * Ends what is left of a worker's process group after its wrapper was killed. The group's number stays taken while anything of it lives,
 * so where no process has that pid, the group is either this one or empty.
 */
export function killRemains(identity: string): void {
  const [pidText, , bootId] = identity.split(":");
  const pid = Number(pidText);
  if (!(pid > 1) || bootId !== currentBootId() || processIdentity(pid) !== undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left: what we want. Or it is not ours to end: then it is not our group.
  }
}
