import { createHash } from "node:crypto";
import type { JobSpec } from "@hodei/contracts";
import { classKey, type Requirements, requirementsOf } from "@hodei/placement";
import { LRUCache } from "lru-cache";

/** Jobs with equal requirements, and the id that their rows carry. */
export interface RequirementClass {
  classId: string;
  requirements: Requirements;
}

/** Hashing is worth saving where most jobs are of a few kinds; more kinds than this are hashed again. */
const idsByKey = new LRUCache<string, string>({ max: 10_000 });

/** The requirement class of a job, its exclusions included (design §4). */
export function requirementClassOf(spec: JobSpec, excludedProviders: readonly string[] = []): RequirementClass {
  const requirements = requirementsOf(spec, excludedProviders);
  const key = classKey(requirements);
  let classId = idsByKey.get(key);
  if (classId === undefined) {
    classId = createHash("sha256").update(key).digest("base64url").slice(0, 22);
    idsByKey.set(key, classId);
  }
  return { classId, requirements };
}
