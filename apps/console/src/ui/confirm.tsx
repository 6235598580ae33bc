import { type ReactNode, useEffect, useRef } from "react";
import { makeStore, useStore } from "../live/make-store.ts";

interface Question {
  title: string;
  body: ReactNode;
  /** What the button says: the deed, not "OK". */
  action: string;
  run(): void;
}

const question = makeStore<Question | undefined>(undefined);

/** Asks before what cannot be taken back or stops work. */
export function confirm(asked: Question): void {
  question.set(asked);
}

export function ConfirmDialog() {
  const asked = useStore(question);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (asked) dialog.current?.showModal();
  }, [asked]);
  if (!asked) return null;
  const close = () => question.set(undefined);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="confirm-title" onClose={close}>
      <h2 id="confirm-title">{asked.title}</h2>
      <div>{asked.body}</div>
      <footer className="actions">
        <button type="button" onClick={close}>
          Leave it
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => {
            close();
            asked.run();
          }}
        >
          {asked.action}
        </button>
      </footer>
    </dialog>
  );
}
