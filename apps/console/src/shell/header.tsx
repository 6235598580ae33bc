import { connection } from "../live/connection.ts";
import { useStore } from "../live/make-store.ts";
import { stats } from "../live/stats.ts";
import { Icon } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { ThemeChoice } from "../ui/theme.tsx";
import { ForgetToken } from "./forget-token.tsx";

const PAGES = [
  ["/", "Fleet"],
  ["/jobs", "Jobs"],
  ["/waiting", "Waiting"],
  ["/try", "Try a placement"],
] as const;

export function Header({ path }: { path: string }) {
  const waiting = Number(useStore(stats).now?.jobsByState["PENDING"] ?? 0);
  return (
    <header className="shell">
      <Link href="/" className="brand">
        Hodei
      </Link>
      <nav aria-label="Pages">
        {PAGES.map(([href, text]) => (
          <Link key={href} href={href} aria-current={isAt(path, href) ? "page" : undefined}>
            {text}
            {href === "/waiting" && waiting > 0 && (
              <span className="count-badge">
                {waiting.toLocaleString()}
                <span className="hidden"> jobs</span>
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="shell-end">
        <Liveness />
        <ForgetToken />
        <ThemeChoice />
      </div>
    </header>
  );
}

function isAt(path: string, href: string): boolean {
  return path === href || (href === "/jobs" && path.startsWith("/jobs/")) || (href === "/" && path === "/fleet");
}

function Liveness() {
  const isLive = useStore(connection).lost.size === 0;
  const isKnown = useStore(stats).now !== undefined;
  const [tone, word] = isLive
    ? isKnown
      ? (["good", "Live"] as const)
      : (["wait", "Connecting"] as const)
    : (["bad", "Disconnected"] as const);
  return (
    <span className={`live ${tone}`}>
      <Icon tone={tone} />
      {word}
    </span>
  );
}
