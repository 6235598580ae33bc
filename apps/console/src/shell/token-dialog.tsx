import { useEffect, useId, useRef, useState } from "react";
import { setToken } from "../api/token.ts";
import { connection, tryNow } from "../live/connection.ts";
import { useStore } from "../live/make-store.ts";

/** Asks for a token where the API wants to know who this is. */
export function TokenDialog() {
  const { lost, needsToken } = useStore(connection);
  const [failure] = lost.values();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const id = useId();
  useEffect(() => {
    if (needsToken && !dialog.current?.open) dialog.current?.showModal();
    if (!needsToken) dialog.current?.close();
  }, [needsToken]);
  if (!needsToken) return null;
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={id}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setToken(text.trim());
          setText("");
          tryNow();
        }}
      >
        <h2 id={id}>Who are you?</h2>
        <p>{failure?.sentence}</p>
        <p>
          An admin makes a token by <code>hodei tokens create</code>; that of a local cluster is shown by{" "}
          <code>hodei env</code>. This tab keeps it until it is closed.
        </p>
        <label>
          Token
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </label>
        <footer className="actions">
          <button type="submit" className="primary">
            Use this token
          </button>
        </footer>
      </form>
    </dialog>
  );
}
