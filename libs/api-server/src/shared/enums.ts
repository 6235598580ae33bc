import type { DescEnum } from "@bufbuild/protobuf";

/** A row's word as the enum has it: `ACTIVE` → `PROVIDER_STATUS_ACTIVE`. A word that is not known here becomes UNSPECIFIED. */
export function enumOf<Value extends number>(desc: DescEnum, word: string | null | undefined): Value {
  const value = desc.values.find(({ localName }) => localName === word?.toUpperCase());
  return (value?.number ?? 0) as Value;
}

/** The enum's value as rows have it; `undefined` for UNSPECIFIED. */
export function wordOf(desc: DescEnum, value: number): string | undefined {
  return value === 0 ? undefined : desc.value[value]?.localName;
}
