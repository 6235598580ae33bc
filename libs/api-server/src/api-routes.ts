import type { ConnectRouter } from "@connectrpc/connect";
import { file_hodei_v1_access, TokenService } from "@hodei/api/access";
import { Health } from "@hodei/api/grpc-health";
import { ServerReflection } from "@hodei/api/grpc-reflection";
import { file_hodei_v1_job, JobService } from "@hodei/api/job";
import { file_hodei_v1_provider, ProviderService } from "@hodei/api/provider";
import type { ApiContext } from "./context.ts";
import { jobService } from "./job-service.ts";
import { makeJobNews } from "./jobs/job-news.ts";
import { providerService } from "./provider-service.ts";
import { makeProviderNews } from "./providers/provider-news.ts";
import { makeReadThroughput } from "./providers/throughput.ts";
import { healthService } from "./standard/health-service.ts";
import { reflectionService } from "./standard/reflection-service.ts";
import { tokenService } from "./token-service.ts";

/** Mounts the public API, its reflection and the standard health service: `connectNodeAdapter({ routes: apiRoutes(context) })`. */
export function apiRoutes(context: ApiContext): (router: ConnectRouter) => void {
  const readThroughput = makeReadThroughput(context.store);
  const [jobNews, providerNews] = [makeJobNews(context), makeProviderNews(context, readThroughput)];
  const names = [ProviderService, JobService, TokenService].map(({ typeName }) => typeName);
  return (router) => {
    router.service(ProviderService, providerService(context, providerNews, readThroughput));
    router.service(JobService, jobService(context, jobNews));
    router.service(TokenService, tokenService(context));
    router.service(
      Health,
      healthService(names, () => answers(context), context.signal),
    );
    router.service(
      ServerReflection,
      reflectionService([file_hodei_v1_provider, file_hodei_v1_job, file_hodei_v1_access]),
    );
  };
}

/** Whether what the API stands on answers. */
async function answers({ store, bus }: ApiContext): Promise<boolean> {
  try {
    await Promise.all([store.pool.query("SELECT 1"), bus.check()]);
    return true;
  } catch {
    // Why not is said by /readyz; a load balancer asks only whether.
    return false;
  }
}
