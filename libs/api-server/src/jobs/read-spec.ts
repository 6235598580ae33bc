import { toJson } from "@bufbuild/protobuf";
import { readSubmission, type Submission } from "@hodei/admission";
import { type JobSpec, JobSpecSchema } from "@hodei/api/job";
import { invalid, invalidField } from "../shared/refuse.ts";

/** The id of a job that is not submitted. */
const DRY_RUN = "dry-run";

/** A job of a request as `job.submitted` has it, checked by the very same rules. @throws INVALID_ARGUMENT with every problem by path */
export function readSpec(spec: JobSpec | undefined): Submission {
  if (!spec) throw invalidField("spec", 'is missing; write for example {"command": ["echo", "hi"]}');
  const body = toJson(JobSpecSchema, spec, { useProtoFieldName: true });
  const read = readSubmission(Buffer.from(JSON.stringify(body)), () => DRY_RUN);
  if (!read.ok) throw invalid(read.problems, "spec");
  return read.submission;
}
