import { useEffect, useRef } from "react";
import { useStatsReader } from "./live/stats.ts";
import { FleetPage } from "./pages/fleet-page.tsx";
import { JobPage } from "./pages/job-page.tsx";
import { JobsPage } from "./pages/jobs-page.tsx";
import { TryPage } from "./pages/try-page.tsx";
import { WaitingPage } from "./pages/waiting-page.tsx";
import { Banner } from "./shell/banner.tsx";
import { Header } from "./shell/header.tsx";
import { TokenDialog } from "./shell/token-dialog.tsx";
import { ConfirmDialog } from "./ui/confirm.tsx";
import { Empty } from "./ui/empty.tsx";
import { Link } from "./ui/link.tsx";
import { usePlace } from "./ui/location.ts";
import { Notices } from "./ui/notices.tsx";

export function App() {
  useStatsReader();
  const { path } = usePlace();
  const main = useRef<HTMLElement>(null);
  const { title, page } = pageAt(path);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} · Hodei`;
    // Who does not see the page hears that it is another one.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [title]);
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <Header path={path} />
      <Banner />
      <main id="main" ref={main} tabIndex={-1} key={path}>
        {page}
      </main>
      <Notices />
      <ConfirmDialog />
      <TokenDialog />
    </>
  );
}

function pageAt(path: string) {
  if (path === "/" || path === "/fleet") return { title: "Fleet", page: <FleetPage /> };
  if (path === "/jobs") return { title: "Jobs", page: <JobsPage /> };
  if (path === "/waiting") return { title: "Waiting", page: <WaitingPage /> };
  if (path === "/try") return { title: "Try a placement", page: <TryPage /> };
  const id = /^\/jobs\/([^/]+)$/.exec(path)?.[1];
  if (id) {
    const jobId = decoded(id);
    return { title: jobId, page: <JobPage key={jobId} jobId={jobId} /> };
  }
  return {
    title: "Not found",
    page: (
      <Empty title="There is no such page">
        Go to the <Link href="/">fleet</Link> or to the <Link href="/jobs">jobs</Link>.
      </Empty>
    ),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not written by a browser; the API says that there is no such job.
    return text;
  }
}
