export {
  type ClusterFile,
  clusterStatus,
  readClusterFile,
  SERVICES,
  type ServiceName,
  type ServiceStatus,
  startCluster,
  startService,
  stopCluster,
} from "./cluster.ts";
export { findFreePort } from "./free-port.ts";
export { type Home, openHome } from "./home.ts";
export { findManaged, type ManagedProcess } from "./managed-process.ts";
export { startNats, stopNats } from "./nats-server.ts";
export { startPostgres, stopPostgres } from "./postgres.ts";
export { COMPILE_CACHE, NODE_ARGUMENTS } from "./service-node.ts";
export { type Owner, unprivilegedUser } from "./unprivileged-user.ts";
