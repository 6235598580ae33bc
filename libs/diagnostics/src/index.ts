export { ADVICE, type Advice, type AdviceKey } from "./advice.ts";
export { CATALOGUE, type CatalogueEntry, type Fault } from "./catalogue.ts";
export { explainFailure, type FailureNames } from "./explain-failure.ts";
export { failureCodeOf } from "./failure-code-of.ts";
export { FAILURE_CODES, type FailureCode, isFailureCode } from "./failure-codes.ts";
