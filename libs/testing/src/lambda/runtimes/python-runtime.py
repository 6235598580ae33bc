# The python3* runtime of AWS Lambda, as small as it can be: asks for events and calls the handler.
import importlib
import json
import os
import sys
import time
import urllib.request

folder, handler_name = sys.argv[1:]
module, name = handler_name.split(".")
sys.path.insert(0, folder)
handler = getattr(importlib.import_module(module), name)
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


class Context:
    def __init__(self, request_id, deadline_ms):
        self.aws_request_id, self.deadline_ms = request_id, deadline_ms

    def get_remaining_time_in_millis(self):
        return self.deadline_ms - int(time.time() * 1000)


def post(request_id, kind, body):
    urllib.request.urlopen(urllib.request.Request(f"{api}/{request_id}/{kind}", json.dumps(body).encode(), method="POST"))


while True:
    with urllib.request.urlopen(f"{api}/next") as reply:
        request_id = reply.headers["Lambda-Runtime-Aws-Request-Id"]
        context = Context(request_id, int(reply.headers["Lambda-Runtime-Deadline-Ms"]))
        event = json.load(reply)
    try:
        post(request_id, "response", handler(event, context))
    except Exception as error:
        post(request_id, "error", {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": []})
