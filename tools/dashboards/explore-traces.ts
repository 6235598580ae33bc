/** A link into Grafana's Explore: the traces that a TraceQL query finds in the time shown. */
export function exploreTraces(traceql: string): string {
  const source = { type: "tempo", uid: `\${tempo}` };
  const panes = {
    traces: {
      datasource: `\${tempo}`,
      queries: [{ refId: "A", datasource: source, queryType: "traceql", query: traceql, limit: 50 }],
      range: { from: `\${__from}`, to: `\${__to}` },
    },
  };
  // Grafana fills in its variables before it reads the URL, so they stay as they are.
  const encoded = encodeURIComponent(JSON.stringify(panes)).replaceAll(
    /%24%7B(\w+)%7D/g,
    (_, name: string) => `\${${name}}`,
  );
  return `/explore?schemaVersion=1&orgId=1&panes=${encoded}`;
}
