"""Submits a job to Hodei over NATS, shows its log, and ends as it ended: python main.py echo hi"""

import asyncio
import json
import os
import sys
import uuid

import nats

FINAL_STATES = {"SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "REJECTED"}


async def run(command):
    job_id = os.environ.get("JOB_ID") or f"example-{uuid.uuid4().hex[:8]}"
    connection = await nats.connect(os.environ.get("HODEI_NATS_URL", "nats://127.0.0.1:4222"))
    ended = asyncio.get_running_loop().create_future()
    reached = {}

    async def hear_status(message):
        status = json.loads(message.data)
        if status["job_id"] != job_id:
            return
        where = f" on {status['provider']}" if "provider" in status else ""
        print(f"{job_id} is {status['state']}{where}", file=sys.stderr)
        if status["state"] in FINAL_STATES and not ended.done():
            ended.set_result(status)

    async def hear_log(message):
        log = json.loads(message.data)
        place, end = (log["attempt"], log["stream"]), log["offset"] + log["bytes"]
        # The same bytes may come twice.
        if end > reached.get(place, 0):
            reached[place] = end
            out = sys.stdout if log["stream"] == "stdout" else sys.stderr
            out.write(log["text"])
            out.flush()

    # Listen first, so that nothing is missed.
    await connection.subscribe("job.status.*", cb=hear_status)
    await connection.subscribe(f"job.log.{job_id}", cb=hear_log)

    # The job has an id, and the message the same: to publish it again is the same job.
    headers = {"Nats-Msg-Id": job_id}
    if "TRACEPARENT" in os.environ:
        headers["traceparent"] = os.environ["TRACEPARENT"]
    body = json.dumps({"job_id": job_id, "command": command}).encode()
    await connection.jetstream().publish("job.submitted", body, headers=headers)

    status = await ended
    # Also waits for what was heard and is not shown yet.
    await connection.drain()
    for problem in status.get("problems", []):
        print(f"{problem['path']}: {problem['message']}", file=sys.stderr)
    if "message" in status:
        print(status["message"], file=sys.stderr)
    return 0 if status["state"] == "SUCCEEDED" else status.get("exit_code") or 1


if __name__ == "__main__":
    sys.exit(asyncio.run(run(sys.argv[1:])))
