import { TokenService } from "@hodei/api/access";
import { Health } from "@hodei/api/grpc-health";
import { ServerReflection } from "@hodei/api/grpc-reflection";
import { JobService } from "@hodei/api/job";
import { ProviderService } from "@hodei/api/provider";
import { type GuardedCall, requiredRoles } from "./required-roles.ts";

/** Every call there is, with the role it needs. @throws when one says none */
export function apiCalls(): ReadonlyMap<string, GuardedCall> {
  return requiredRoles([ProviderService, JobService, TokenService, Health, ServerReflection]);
}
