import type { FailureCode } from "./failure-codes.ts";

/** What to do at a provider of a type, where that says more than the catalogue's `fix`; an entry's own `fixByType` comes first. */
export const FIXES_BY_TYPE: Readonly<Record<string, Partial<Readonly<Record<FailureCode, string>>>>> = {
  lambda: {
    PERMISSION_DENIED:
      "attach the IAM policy of docs/providers/lambda.md to whoever Hodei signs as, renew credentials that have expired, and check that the role in role_arn lets lambda.amazonaws.com assume it",
    OOM_KILLED: "raise memory_mb of {provider}, or the memory of the function that its function_name names",
    TIMEOUT_RUN:
      "raise timeout_seconds of the job and of the function, which Lambda ends after 900 s at most; what takes longer belongs to another provider type",
    THROTTLED:
      "raise the function's reserved concurrency or the account's concurrent executions, or lower max_workers of {provider} below them",
    QUOTA_EXCEEDED:
      "delete functions, versions or layers that nobody needs, or ask AWS for more: aws service-quotas list-service-quotas --service-code lambda",
    WORKER_LOST:
      "nothing to mend when a provisioner was restarted; AWS cannot tell how an invocation ended whose answer nobody waited for, so make jobs safe to run twice",
    CRASH_LOOP:
      "read the function's log (aws logs tail /aws/lambda/NAME) and mend what its start needs: its package, its handler, its layers, its extensions",
    CONFIG_INVALID:
      "mend what the detail names: role_arn, runtime, layers, function_name or region of {provider}, or timeout_seconds against the function's own",
  },
};
