# Hodei's worker on the python3* runtimes of AWS Lambda: runs the command of an event and answers how it ended. The event:
#   {"hodei":1,"timeout_ms":N,"argv":"base64 of the words, each ended by NUL","env":"base64 of NAME=value, each ended by NUL"}
# The command is started as it stands, never by a shell. What it writes goes to the function's log and, its last part, into the answer.
import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

# Of each stream; both as base64 stay below the 6 MB that an answer may have.
KEPT = 2000000
# Left for the answer before Lambda itself ends the function.
MARGIN_MS = 1500


class NoCommand(Exception):
    pass


def handler(event, context):
    argv = words(event.get("argv")) if isinstance(event, dict) else []
    if not argv or event.get("hodei") != 1:
        raise NoCommand("the event is none of Hodei: it has no hodei, argv and env as this worker reads them")
    env = dict(os.environb)
    env.update(pair.split(b"=", 1) for pair in words(event.get("env")))
    limit_ms = max(1, min(event.get("timeout_ms", 900000), context.get_remaining_time_in_millis() - MARGIN_MS))
    cwd = tempfile.mkdtemp(prefix="hodei-")
    try:
        return run(argv, env, cwd, limit_ms / 1000)
    finally:
        shutil.rmtree(cwd, ignore_errors=True)


def run(argv, env, cwd, limit_seconds):
    out, err = Tail(sys.stdout), Tail(sys.stderr)
    timed_out = False
    try:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            executable=find(argv[0], env),
        )
    except OSError as error:
        err.add((str(error) + "\n").encode())
        return answer(127 if isinstance(error, FileNotFoundError) else 126, False, out, err)
    readers = [threading.Thread(target=tail.follow, args=(pipe,), daemon=True) for tail, pipe in ((out, child.stdout), (err, child.stderr))]
    for reader in readers:
        reader.start()
    try:
        code = child.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
        end_group(child.pid, signal.SIGTERM)
        try:
            code = child.wait(1)
        except subprocess.TimeoutExpired:
            end_group(child.pid, signal.SIGKILL)
            code = child.wait()
    # What it left in the background must not go on in the next job.
    end_group(child.pid, signal.SIGKILL)
    for reader in readers:
        reader.join(2)
    return answer(code if code >= 0 else 128 - code, timed_out, out, err)


def find(program, env):
    # Looked for where the job's own PATH says, as a shell would.
    path = env.get(b"PATH", b"").decode()
    found = shutil.which(program.decode(), path=path)
    if found is None and os.path.exists(program) and b"/" in program:
        raise PermissionError(f"{program.decode()}: cannot be executed")
    if found is None:
        raise FileNotFoundError(f"{program.decode()}: not found")
    return found


def words(field):
    return base64.b64decode(field or "").split(b"\0")[:-1]


def answer(code, timed_out, out, err):
    return {
        "hodei": 1,
        "exit_code": code,
        "timed_out": timed_out,
        "stdout_bytes": out.total,
        "stdout": base64.b64encode(bytes(out.held)).decode(),
        "stderr_bytes": err.total,
        "stderr": base64.b64encode(bytes(err.held)).decode(),
    }


# Keeps the last part of a stream, and passes all of it on to the function's log.
class Tail:
    def __init__(self, log):
        self.log, self.held, self.total = log, bytearray(), 0

    def follow(self, pipe):
        for chunk in iter(lambda: pipe.read1(65536), b""):
            self.add(chunk)

    def add(self, chunk):
        self.log.write(chunk.decode("utf-8", "replace"))
        self.log.flush()
        self.total += len(chunk)
        self.held += chunk
        if len(self.held) > KEPT:
            del self.held[: len(self.held) - KEPT]


def end_group(pid, which):
    try:
        os.killpg(pid, which)
    except ProcessLookupError:
        pass  # It has ended already.
