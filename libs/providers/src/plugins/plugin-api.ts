import { CpuQuantity, MemoryQuantity, SecretReference, Text, TextMap, WholeNumber } from "@hodei/contracts";
import { failureCodeOf } from "@hodei/diagnostics";
import { z } from "zod";
import { makeExitQueue } from "../exit-queue.ts";
import { StartError } from "../provider.ts";
import { resolveReference } from "../resolve-reference.ts";
import { takeLines } from "../take-lines.ts";
import { within } from "../within.ts";
import type { PluginProviderType } from "./plugin-provider-type.ts";

/**
 * What a plug-in is given, so that its package needs to find nothing of Hodei at run time, wherever it is installed. Every member is
 * what Hodei's own adapters use.
 */
export const pluginApi = {
  /** Gives a type back as it is; for the compiler: `open` then knows what the schema makes of a configuration. */
  defineType: <Config>(type: PluginProviderType<Config>): PluginProviderType<Config> => type,
  /** Thrown by `start` when a worker cannot be started: an expected outcome, `new StartError("IMAGE_PULL", "the vendor's words")`. */
  StartError,
  /** The catalogue's code for a vendor's words: `failureCodeOf("ErrImagePull")` is IMAGE_PULL; `undefined` where none fits. */
  failureCodeOf,
  /** Keeps ends of workers until they are watched: `push(exit)` wherever one is seen, `watch: (signal) => exits.watch(signal)`. */
  makeExitQueue,
  /** Cuts pending bytes of a stream into chunks of whole lines of at most 64 KiB, and moves its offset on. */
  takeLines,
  /** A promise's answer, or an error after so many milliseconds, or when the signal aborts: no call may hang. */
  within,
  /** The secret behind `env:NAME` or `file:/path`, at the moment of use. Never keep it, never log it. */
  resolveReference,
  /** The zod that Hodei's own schemas are written in; any other Standard Schema does as well. */
  z,
  /** Schemas of single fields, with Hodei's own sentences for what is wrong. */
  fields: {
    /** `Text(maxLength, minLength = 0)`: no NUL, valid Unicode. */
    Text,
    /** `TextMap(maxEntries, maxValueLength)` */
    TextMap,
    /** `WholeNumber(min, max)`, both ends included. */
    WholeNumber,
    /** `"500m"` or `2`; becomes thousandths of a core. */
    CpuQuantity,
    /** `"256Mi"` or a number of bytes; becomes bytes. */
    MemoryQuantity,
    /** `env:NAME` or `file:/path`; anything else is refused. PostgreSQL refuses a plain secret already. */
    SecretReference,
  },
} as const;
export type PluginApi = typeof pluginApi;
