// The nodejs* runtime of AWS Lambda, as small as it can be: asks for events and calls the handler.
import { pathToFileURL } from "node:url";

const [, , folder, handlerName] = process.argv;
const [file, name] = handlerName.split(".");
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const { [name]: handler } = await import(pathToFileURL(`${folder}/${file}.mjs`).href);

for (;;) {
  const next = await fetch(`${api}/next`);
  const id = next.headers.get("lambda-runtime-aws-request-id");
  const deadlineMs = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineMs - Date.now() };
  try {
    const answer = await handler(await next.json(), context);
    await fetch(`${api}/${id}/response`, { method: "POST", body: JSON.stringify(answer ?? null) });
  } catch (error) {
    const body = JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] });
    await fetch(`${api}/${id}/error`, { method: "POST", body });
  }
}
