import { Icon, type Tone } from "./icon.tsx";

/** A state as sign, colour and word. */
export function Badge({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={`badge ${tone}`}>
      <Icon tone={tone} />
      {children}
    </span>
  );
}
