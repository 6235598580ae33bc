import { notify } from "./notices.tsx";

/** A text to be typed elsewhere, with a button that takes it along. */
export function CopyText({ text }: { text: string }) {
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => notify("good", "Copied."),
      () => notify("warn", "The browser does not let this page copy; select the text and copy it yourself."),
    );
  };
  return (
    <div className="copy-text">
      <pre>
        <code>{text}</code>
      </pre>
      {/* Only a page of https or of this machine may write to the clipboard. */}
      {isSecureContext && (
        <button type="button" className="quiet" onClick={copy}>
          Copy
        </button>
      )}
    </div>
  );
}
