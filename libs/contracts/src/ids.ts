/** A job id: lower-case letters, digits and inner dashes, at most 50 characters, so that every worker name fits in 63. */
export const JOB_ID_PATTERN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
export const JOB_ID_MAX_LENGTH = 50;

/** The name a worker has at its provider, whatever the provider: `hodei-<job_id>-<attempt>` (design I4). */
export function workerName(jobId: string, attempt: number): string {
  return `hodei-${jobId}-${attempt}`;
}

/** Reads a worker name back; `undefined` for a name that is not ours. */
export function parseWorkerName(name: string): { jobId: string; attempt: number } | undefined {
  const match = /^hodei-(.+)-(\d{1,9})$/.exec(name);
  const jobId = match?.[1];
  if (!jobId || jobId.length > JOB_ID_MAX_LENGTH || !JOB_ID_PATTERN.test(jobId)) return undefined;
  return { jobId, attempt: Number(match[2]) };
}
