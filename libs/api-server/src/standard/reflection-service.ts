import { create, type DescFile, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  type ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "@hodei/api/grpc-reflection";

/** The standard reflection service (grpc.reflection.v1) over these files: clients find every call without the .proto files. */
export function reflectionService(files: readonly DescFile[]): ServiceImpl<typeof ServerReflection> {
  const known = new Map(files.flatMap(withImports).map((file) => [fileName(file), file]));
  const bySymbol = new Map(
    [...known.values()].flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file] as const)),
  );
  const services = files.flatMap((file) => file.services.map(({ typeName }) => ({ name: typeName })));

  function answer({ messageRequest: asked }: ServerReflectionRequest): Answer {
    if (asked.case === "listServices") return { case: "listServicesResponse", value: { service: services } };
    if (asked.case === "fileByFilename") return fileAnswer(known.get(asked.value), asked.value);
    if (asked.case === "fileContainingSymbol") return fileAnswer(bySymbol.get(asked.value), asked.value);
    return failure(Code.Unimplemented, "there are no extensions here");
  }

  return {
    async *serverReflectionInfo(requests) {
      for await (const request of requests)
        yield create(ServerReflectionResponseSchema, {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answer(request),
        });
    },
  };
}

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

function fileAnswer(file: DescFile | undefined, asked: string): Answer {
  if (!file) return failure(Code.NotFound, `${asked} is not known here`);
  const files = withImports(file).map((each) => toBinary(FileDescriptorProtoSchema, each.proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: files } };
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

/** A file and all that it stands on, each once. */
function withImports(file: DescFile): DescFile[] {
  return [...new Set([file, ...file.dependencies.flatMap(withImports)])];
}

function fileName({ proto }: DescFile): string {
  return proto.name;
}

function symbolsOf(file: DescFile): string[] {
  const methods = file.services.flatMap(({ typeName, methods: calls }) =>
    calls.map(({ name }) => `${typeName}.${name}`),
  );
  return [...file.services, ...file.messages, ...file.enums].map(({ typeName }) => typeName).concat(methods);
}
