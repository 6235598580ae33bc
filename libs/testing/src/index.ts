export { testImage } from "./docker-image.ts";
export { type EngineProxy, engineProxy } from "./engine-proxy.ts";
export { type OwnPostgres, ownPostgres } from "./own-postgres.ts";
export { scratchDirectory } from "./scratch-directory.ts";
export { type LogLine, type ServiceName, type ServiceProcess, startService } from "./service-process.ts";
export { type JobRow, type ProviderRow, type TestCluster, testCluster } from "./test-cluster.ts";
export { type TestDatabase, testDatabase } from "./test-database.ts";
export { type TestNats, testNats } from "./test-nats.ts";
export { waitFor } from "./wait-for.ts";
