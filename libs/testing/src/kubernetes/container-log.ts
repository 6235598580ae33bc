const NEWLINE = 0x0a;

export interface LogEntry {
  /** RFC 3339 with nine digits, as the kubelet writes it. */
  time: string;
  stream: "stdout" | "stderr";
  /** One line, always with its newline: the log format of container runtimes has no other. */
  line: Buffer;
}

/** A container's log as a runtime keeps it: lines with their time and stream, in files that are rotated. */
export class ContainerLog {
  #entries: LogEntry[] = [];
  #rotatedAway = 0;
  #isClosed = false;
  #lastNanos = 0n;
  readonly #rest: Record<"stdout" | "stderr", Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  readonly #listeners = new Set<() => void>();

  write(stream: "stdout" | "stderr", data: Buffer): void {
    let rest: Buffer = Buffer.concat([this.#rest[stream], data]);
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#entries.push({ time: this.#now(), stream, line: rest.subarray(0, end + 1) });
      rest = rest.subarray(end + 1);
    }
    this.#rest[stream] = rest;
    this.#tell();
  }

  /** The container has ended: what lacks its newline is given one. */
  close(): void {
    for (const stream of ["stdout", "stderr"] as const)
      if (this.#rest[stream].length > 0) this.write(stream, Buffer.from("\n"));
    this.#isClosed = true;
    this.#tell();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What was written so far goes to another file, which the API does not read. */
  rotate(): void {
    this.#rotatedAway += this.#entries.length;
    this.#entries = [];
  }

  /** Entries from the number `from` on, and the number after the last. */
  read(from: number): { entries: LogEntry[]; next: number } {
    const begin = Math.max(0, from - this.#rotatedAway);
    return { entries: this.#entries.slice(begin), next: this.#rotatedAway + this.#entries.length };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #now(): string {
    const now = BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos;
    const seconds = this.#lastNanos / 1_000_000_000n;
    const nanos = String(this.#lastNanos % 1_000_000_000n).padStart(9, "0");
    return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", `.${nanos}Z`);
  }
}
