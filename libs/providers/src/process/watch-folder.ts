import { type FSWatcher, watch } from "node:fs";

/**
 * Tells of changes in a folder where the system can. It is never the only way to learn of them: some file systems give no notice, and
 * the system's watches run out. @returns how to end it
 */
export function watchFolder(path: string, onChange: (file: string | null) => void): () => void {
  let watcher: FSWatcher;
  try {
    watcher = watch(path, (_, file) => onChange(file));
  } catch {
    // No folder, or no watch left: the caller's net has to do.
    return () => undefined;
  }
  // A folder that is removed under us ends the watching, not the process.
  watcher.on("error", () => watcher.close());
  return () => watcher.close();
}
