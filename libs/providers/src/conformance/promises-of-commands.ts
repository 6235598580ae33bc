import { expect, test } from "vitest";
import type { Provider } from "../provider.ts";
import { type ExitLog, PATIENCE_MS } from "./follow-exits.ts";
import { collect, textOf } from "./read-logs.ts";
import { workerOf } from "./worker-of.ts";

/** What a type promises that really runs commands. */
export function promisesOfCommands(
  { wholeLines = false, streamsApart = true }: { wholeLines?: boolean; streamsApart?: boolean },
  subject: () => { provider: Provider; exits: ExitLog },
): void {
  const lastNewline = wholeLines ? "\n" : "";
  const signal = () => AbortSignal.timeout(PATIENCE_MS);

  test("the exit code is the command's own", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["sh", "-c", "exit 42"]);
    await provider.start(worker, signal());
    expect(await exits.of(worker.name)).toMatchObject({ exitCode: 42 });
    await provider.remove(worker.name);
  });

  test("output is complete, in order, stdout and stderr apart, and arguments are never read by a shell", async () => {
    const { provider, exits } = subject();
    const script = 'seq 1 2000; echo "$1" >&2; printf "$GREETING"';
    const worker = workerOf(["sh", "-c", script, "sh", "$(id); `id`"], { GREETING: "hallo, wörld" });
    await provider.start(worker, signal());
    const chunks = await collect(provider.logs(worker.name, {}, signal()));
    const [stdout, stderr] = [
      `${Array.from({ length: 2000 }, (_, i) => i + 1).join("\n")}\nhallo, wörld${lastNewline}`,
      "$(id); `id`\n",
    ];
    if (streamsApart) {
      expect(textOf(chunks, "stdout")).toBe(stdout);
      expect(textOf(chunks, "stderr")).toBe(stderr);
    } else {
      // In which order the vendor wrote two streams down is its own affair.
      const lines = (text: string) => text.split("\n").sort();
      expect(lines(textOf(chunks, "stdout"))).toEqual(lines(stdout + stderr));
    }
    const first = chunks.filter((chunk) => chunk.stream === "stdout")[0];
    const rest = await collect(provider.logs(worker.name, { stdout: first?.bytes ?? 0 }, signal()));
    expect((first?.text ?? "") + textOf(rest, "stdout")).toBe(textOf(chunks, "stdout"));
    await exits.of(worker.name);
    await provider.remove(worker.name);
  });

  test("what is running is not removed", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["sh", "-c", "while :; do sleep 0.05; done"]);
    await provider.start(worker, signal());
    await provider.remove(worker.name);
    expect((await provider.list(signal())).map((handle) => handle.name)).toContain(worker.name);
    await provider.stop(worker.name, 0);
    await exits.of(worker.name);
    await provider.remove(worker.name);
  });

  test("a program that does not exist is the job's own failure, and leaves nothing", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["no-such-program-anywhere"]);
    const outcome = await provider.start(worker, signal()).then(
      () => exits.of(worker.name),
      (error: unknown) => error,
    );
    const isFound = expect.objectContaining({ code: "COMMAND_NOT_FOUND" });
    expect([
      isFound,
      expect.objectContaining({ exitCode: 127 }),
      expect.objectContaining({ failure: isFound }),
    ]).toContainEqual(outcome);
    await provider.remove(worker.name);
    expect((await provider.list(signal())).map((handle) => handle.name)).not.toContain(worker.name);
  });

  test("a stop right after the start is not lost", async () => {
    const { provider, exits } = subject();
    const worker = workerOf(["sleep", "60"]);
    await provider.start(worker, signal());
    await provider.stop(worker.name, 1);
    expect((await exits.of(worker.name)).exitCode).not.toBe(0);
    await provider.remove(worker.name);
  });

  test("the job's variables arrive as they are, whatever they are called", async () => {
    const { provider, exits } = subject();
    const env = { a: "1", b: "2", code: "3", d: "4", s: "5", IFS_: "$(id)", EMPTY: "", LINES_: "one\ntwo" };
    const worker = workerOf(["sh", "-c", 'printf "%s|" "$a" "$b" "$code" "$d" "$s" "$IFS_" "[$EMPTY]" "$LINES_"'], env);
    await provider.start(worker, signal());
    expect(textOf(await collect(provider.logs(worker.name, {}, signal())), "stdout")).toBe(
      `1|2|3|4|5|$(id)|[]|one\ntwo|${lastNewline}`,
    );
    await exits.of(worker.name);
    await provider.remove(worker.name);
  });
}
