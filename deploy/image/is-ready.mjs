// The health check of a service's image: its own /readyz, asked without a curl in the image.
import { get as getPlain } from "node:http";
import { get as getByTls } from "node:https";

const { HODEI_SERVICE = "registry", HODEI_TLS_CERT } = process.env;
const port = process.env[`HODEI_${HODEI_SERVICE.toUpperCase()}_PORT`] || 8080;
const PATIENCE_MS = 4_000;

// The registry alone speaks TLS. Whom it asks it knows: its certificate names the service as others call it, not 127.0.0.1.
const get = HODEI_SERVICE === "registry" && HODEI_TLS_CERT ? getByTls : getPlain;
const options = {
  host: "127.0.0.1",
  port,
  path: "/readyz",
  rejectUnauthorized: false,
  signal: AbortSignal.timeout(PATIENCE_MS),
};

process.exitCode = 1;
get(options, (response) => {
  if (response.statusCode === 200) process.exitCode = 0;
  response.pipe(process.stdout);
}).on("error", (error) => process.stdout.write(`${error.message}\n`));
