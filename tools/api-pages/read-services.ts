import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createFileRegistry, type DescFile, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { getComments } from "@bufbuild/protoplugin";

const PROTO = fileURLToPath(new URL("../../proto/", import.meta.url));

/** The files of the API with their comments, which generated code leaves out. */
export function readServices(): DescFile[] {
  const image = execFileSync("buf", ["build", "--as-file-descriptor-set", "-o", "-#format=binpb"], { cwd: PROTO });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  return [...registry.files].filter(({ proto }) => proto.package === "hodei.v1");
}

/** The comment above something, on one line. */
export function commentOf(described: Parameters<typeof getComments>[0]): string {
  return (getComments(described).leading ?? "").trim().replaceAll(/\s*\n\s*/g, " ");
}
