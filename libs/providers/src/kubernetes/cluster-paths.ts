/** Where the objects of a namespace stand in the API. */
export interface ClusterPaths {
  jobs: string;
  pods: string;
  events: string;
  secrets: string;
  quotas: string;
  namespace: string;
}

export function clusterPaths(namespace: string): ClusterPaths {
  const core = `/api/v1/namespaces/${namespace}`;
  return {
    jobs: `/apis/batch/v1/namespaces/${namespace}/jobs`,
    pods: `${core}/pods`,
    events: `${core}/events`,
    secrets: `${core}/secrets`,
    quotas: `${core}/resourcequotas`,
    namespace: core,
  };
}

export const NODES = "/api/v1/nodes";
export const ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
export const VERSION = "/version";
