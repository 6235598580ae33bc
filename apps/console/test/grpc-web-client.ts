// A page's own client of the API by gRPC-Web, without the console: bundled, and put into a page by grpc-web.test.ts.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";

const transport = createGrpcWebTransport({ baseUrl: location.origin });
const [jobs, providers] = [createClient(JobService, transport), createClient(ProviderService, transport)];

/** A unary call, a refusal, and a stream that is left after the first change. */
async function driveApi(jobId: string) {
  const heard: string[] = [];
  const leaving = new AbortController();
  const watch = jobs.watch({ jobIds: [jobId], snapshot: true }, { signal: leaving.signal })[Symbol.asyncIterator]();
  const first = await watch.next();
  const { existed } = await jobs.submitJob({ spec: { jobId, command: ["true"] } });
  const { jobs: page } = await jobs.listJobs({ search: jobId });
  const next = await watch.next();
  for (const { value } of [first, next]) heard.push((value?.jobs ?? []).map(({ id }: { id: string }) => id).join(","));
  leaving.abort();
  const refusal = await providers.getProvider({ providerId: "nowhere" }).catch((error: unknown) => error);
  return {
    existed,
    listed: page.map(({ id }) => id),
    heard,
    refusal: refusal instanceof ConnectError ? `${Code[refusal.code]}: ${refusal.rawMessage}` : String(refusal),
  };
}

Object.assign(globalThis, { driveApi });
