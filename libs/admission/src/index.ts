export { type ReadSubmission, readSubmission, type Submission } from "./read-submission.ts";
export { type RequirementClass, requirementClassOf } from "./requirement-class.ts";
