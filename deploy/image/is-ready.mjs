// The health check of a service's image: its own /readyz, asked without a curl in the image.
const PORT = 8080;
const PATIENCE_MS = 4_000;

const answer = await fetch(`http://127.0.0.1:${PORT}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
  (error) => ({ ok: false, text: async () => String(error.cause ?? error) }),
);
process.stdout.write(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
