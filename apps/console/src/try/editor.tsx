import { useId } from "react";
import type { Failure } from "../api/failure.ts";
import { FailureNote } from "../ui/failure-note.tsx";

/** JSON to be edited, and what is wrong with it. */
export function Editor({
  title,
  text,
  onText,
  failure,
  children,
}: {
  title: string;
  text: string;
  onText: (text: string) => void;
  failure?: Failure | undefined;
  children?: React.ReactNode;
}) {
  const id = useId();
  return (
    <section className="panel editor">
      <header>
        <h2>
          <label htmlFor={id}>{title}</label>
        </h2>
        {children}
      </header>
      <textarea
        id={id}
        value={text}
        spellCheck={false}
        autoCapitalize="off"
        rows={Math.min(26, Math.max(8, text.split("\n").length + 1))}
        onChange={({ target }) => onText(target.value)}
      />
      {failure && <FailureNote failure={failure} />}
    </section>
  );
}
