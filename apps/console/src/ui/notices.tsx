import { failureOf } from "../api/failure.ts";
import { makeStore, useStore } from "../live/make-store.ts";
import { Icon, type Tone } from "./icon.tsx";

interface Notice {
  id: number;
  tone: Tone;
  text: string;
  /** What was tried, one after the other. */
  steps: readonly NoticeStep[];
}

export interface NoticeStep {
  ok: boolean;
  text: string;
}

/** Notices kept on show. */
const MOST = 4;
const notices = makeStore<readonly Notice[]>([]);
let lastId = 0;

/** Tells what an action did; the same `id` replaces its notice. Stays until it is put away, so that nobody misses it. */
export function notify(tone: Tone, text: string, id?: number, steps: readonly NoticeStep[] = []): number {
  lastId += 1;
  const notice = { id: id ?? lastId, tone, text, steps };
  const others = notices.get().filter((each) => each.id !== notice.id);
  notices.set([...others, notice].slice(-MOST));
  return notice.id;
}

/** A refusal or a fault of the API, with every field that it named. */
export function notifyFailure(what: string, error: unknown, id?: number): void {
  const { sentence, violations } = failureOf(error);
  const fields = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  notify("bad", `${what}: ${fields || sentence}`, id);
}

function putAway(id: number): void {
  notices.set(notices.get().filter((each) => each.id !== id));
}

export function Notices() {
  return (
    <section className="notices" aria-live="polite" aria-label="What was done">
      {useStore(notices).map(({ id, tone, text, steps }) => (
        <div key={id} className={`notice ${tone}`}>
          <Icon tone={tone} />
          <div className="told">
            <p>{text}</p>
            {steps.length > 0 && (
              <ol aria-label="What was tried">
                {steps.map((step) => (
                  <li key={step.text}>
                    <span aria-hidden="true">{step.ok ? "✓" : "✕"}</span>{" "}
                    <span className="hidden">{step.ok ? "well:" : "failed:"}</span> {step.text}
                  </li>
                ))}
              </ol>
            )}
          </div>
          <button type="button" className="quiet" aria-label={`Put away: ${text}`} onClick={() => putAway(id)}>
            ×
          </button>
        </div>
      ))}
    </section>
  );
}
