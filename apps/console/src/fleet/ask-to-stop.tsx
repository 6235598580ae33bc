import type { Provider } from "@hodei/api/provider";
import { useAnswer } from "../api/use-answer.ts";
import { nameOf } from "../live/fleet.ts";
import { confirm } from "../ui/confirm.tsx";
import { FailureNote } from "../ui/failure-note.tsx";
import { consequenceOf, disable, drain } from "./act.ts";

/** Asks before a provider takes no more work, and says what that would do. */
export function askToStop(provider: Provider, kind: "disable" | "drain"): void {
  const name = nameOf(provider);
  const isDrain = kind === "drain";
  confirm({
    title: isDrain ? `Drain ${name}?` : `Disable ${name}?`,
    body: <Consequence provider={provider} isDrain={isDrain} />,
    action: isDrain ? `Drain ${name}` : `Disable ${name}`,
    run: () => void (isDrain ? drain : disable)(provider.id, name),
  });
}

function Consequence({ provider, isDrain }: { provider: Provider; isDrain: boolean }) {
  const { answer, failure } = useAnswer(provider.id, () => consequenceOf(provider.id));
  const running = provider.activeWorkers === 1 ? "1 worker runs" : `${provider.activeWorkers} workers run`;
  return (
    <>
      <p>
        It takes no new work. {running} there now; {isDrain ? "you are told when it is empty" : "what runs finishes"}.{" "}
        {isDrain ? "It stays in maintenance until it is enabled." : "It is not checked until it is enabled."}
      </p>
      {failure ? <FailureNote failure={failure} /> : <p>{answer ?? "Looking at the jobs that wait …"}</p>}
    </>
  );
}
