import { makeStore } from "../live/make-store.ts";

const KEY = "hodei-token";

/** The bearer token of this tab; it is gone with the tab. */
export const token = makeStore<string>(sessionStorage.getItem(KEY) ?? "");

export function setToken(text: string): void {
  if (text === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, text);
  token.set(text);
}
