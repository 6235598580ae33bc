import { useMemo } from "react";
import { go, usePlace } from "./location.ts";

/** What the address says after its `?`, and a way to change it; an empty value takes its name away. */
export function useQuery(): [URLSearchParams, (changes: Readonly<Record<string, string>>) => void] {
  const { search } = usePlace();
  const query = useMemo(() => new URLSearchParams(search), [search]);
  return [query, setQuery];
}

function setQuery(changes: Readonly<Record<string, string>>): void {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  go(`${location.pathname}${text && `?${text}`}`, { replace: true });
}
