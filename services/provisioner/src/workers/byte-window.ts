/** Bytes that several may have on their way together; who finds it full waits in line. */
export interface ByteWindow {
  /** Resolves when they may go. One request larger than the whole window goes alone. */
  acquire(bytes: number): Promise<void>;
  release(bytes: number): void;
}

export function makeByteWindow(limit: number): ByteWindow {
  const line: { bytes: number; go: () => void }[] = [];
  let taken = 0;
  const fits = (bytes: number) => taken === 0 || taken + bytes <= limit;

  return {
    acquire(bytes) {
      if (line.length === 0 && fits(bytes)) {
        taken += bytes;
        return Promise.resolve();
      }
      return new Promise((resolve) => line.push({ bytes, go: resolve }));
    },
    release(bytes) {
      taken -= bytes;
      for (let first = line[0]; first && fits(first.bytes); first = line[0]) {
        taken += first.bytes;
        line.shift();
        first.go();
      }
    },
  };
}
