import type { ConnectRouter } from "@connectrpc/connect";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import type { ApiContext } from "./context.ts";
import { jobService } from "./job-service.ts";
import { makeJobNews } from "./jobs/job-news.ts";
import { providerService } from "./provider-service.ts";
import { makeProviderNews } from "./providers/provider-news.ts";

export type { ApiContext } from "./context.ts";

/** Mounts the public API: `connectNodeAdapter({ routes: apiRoutes(context) })`, or in the caller's own process. */
export function apiRoutes(context: ApiContext): (router: ConnectRouter) => void {
  const [jobNews, providerNews] = [makeJobNews(context), makeProviderNews(context)];
  return (router) => {
    router.service(ProviderService, providerService(context, providerNews));
    router.service(JobService, jobService(context, jobNews));
  };
}
