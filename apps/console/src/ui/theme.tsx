import { useEffect } from "react";
import { makeStore, useStore } from "../live/make-store.ts";

const KEY = "hodei-theme";
const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const isTheme = (text: string | null): text is Theme => THEMES.some((theme) => theme === text);

const stored = localStorage.getItem(KEY);
const theme = makeStore<Theme>(isTheme(stored) ? stored : "system");

/** As the system has it, or as chosen in this browser. */
export function ThemeChoice() {
  const chosen = useStore(theme);
  useEffect(() => {
    document.documentElement.dataset["theme"] = chosen;
  }, [chosen]);
  return (
    <label className="theme">
      <span className="hidden">Colours</span>
      <select
        value={chosen}
        onChange={({ target: { value } }) => {
          if (!isTheme(value)) return;
          localStorage.setItem(KEY, value);
          theme.set(value);
        }}
      >
        <option value="system">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
