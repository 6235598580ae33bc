/** `resources.memory: is …`; of the whole without a path. */
export function formatPath({ path, message }: { path: string; message: string }): string {
  return path ? `${path}: ${message}` : message;
}
