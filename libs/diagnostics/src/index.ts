export { CATALOGUE, type CatalogueEntry, explainFailure, type Fault, isFailureCode } from "./catalogue.ts";
export { FAILURE_CODES, type FailureCode } from "./failure-codes.ts";
