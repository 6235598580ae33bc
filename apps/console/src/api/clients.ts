import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { token } from "./token.ts";

const withToken: Interceptor = (next) => (request) => {
  const text = token.get();
  if (text !== "") request.header.set("authorization", `Bearer ${text}`);
  return next(request);
};

const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: true,
  interceptors: [withToken],
});

export const jobs = createClient(JobService, transport);
export const providers = createClient(ProviderService, transport);
