import type { Failure } from "../api/failure.ts";
import { Icon } from "./icon.tsx";

/** What the API said, in its own sentence, and each field that it named. */
export function FailureNote({ failure, title }: { failure: Failure; title?: string }) {
  const { violations, sentence } = failure;
  return (
    <div className="note bad" role="alert">
      <Icon tone="bad" />
      <div>
        {title && <strong>{title}</strong>}
        {violations.length === 0 ? (
          <p>{sentence}</p>
        ) : (
          <ul>
            {violations.map(({ field, description }) => (
              <li key={`${field} ${description}`}>
                {field && <code>{field}</code>} {description}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
