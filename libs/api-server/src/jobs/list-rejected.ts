import { create } from "@bufbuild/protobuf";
import { type ListRejectedRequest, type ListRejectedResponse, ListRejectedResponseSchema } from "@hodei/api/job";
import { type Store, schema } from "@hodei/store";
import { desc, lt } from "drizzle-orm";
import { pageSizeOf, readNumberToken, writeToken } from "../shared/pages.ts";
import { timestamp } from "../shared/timestamps.ts";

const { deadLetters: d } = schema;

/** See `JobService.ListRejected`. What they held is for whoever may read the database. */
export async function listRejected({ db }: Store, request: ListRejectedRequest): Promise<ListRejectedResponse> {
  const size = pageSizeOf(request.pageSize);
  const after = readNumberToken(request.pageToken);
  const rows = await db
    .select({ id: d.id, jobId: d.jobId, subject: d.subject, problems: d.problems, createdAt: d.createdAt })
    .from(d)
    .where(after === undefined ? undefined : lt(d.id, after))
    .orderBy(desc(d.id))
    .limit(size + 1);
  const shown = rows.slice(0, size);
  return create(ListRejectedResponseSchema, {
    rejected: shown.map(({ jobId, subject, problems, createdAt }) => ({
      jobId: jobId ?? "",
      subject,
      problems,
      ...timestamp("rejectedAt", createdAt),
    })),
    nextPageToken: rows.length > size ? writeToken([String(shown.at(-1)?.id)]) : "",
  });
}
