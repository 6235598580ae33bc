import { useVirtualizer, useWindowVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";

interface Rows<Item> {
  items: readonly Item[];
  keyOf: (item: Item) => string;
  row: (item: Item) => ReactNode;
  /** Height of most rows, before they are measured. */
  estimate: number;
  /** What the table is, for who does not see it. */
  label: string;
  columns: readonly string[];
  className: string;
  /** The end of the list has come into view. */
  onEnd?: () => void;
}

/** A table of any length in the page: only rows in view are there. Arrow keys go from row to row. */
export function PageRows<Item>(rows: Rows<Item>) {
  const body = useRef<HTMLDivElement>(null);
  const [scrollMargin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const top = body.current ? Math.round(body.current.getBoundingClientRect().top + scrollY) : 0;
    if (top !== scrollMargin) setMargin(top);
  });
  const virtual = useWindowVirtualizer({
    count: rows.items.length,
    estimateSize: () => rows.estimate,
    overscan: 8,
    scrollMargin,
    getItemKey: (index) => keyAt(rows, index),
  });
  return <Table rows={rows} virtual={virtual as unknown as AnyVirtualizer} offset={scrollMargin} body={body} />;
}

/** The same in a box of its own that scrolls. */
export function BoxRows<Item>(rows: Rows<Item>) {
  const box = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rows.estimate,
    overscan: 8,
    getItemKey: (index) => keyAt(rows, index),
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reached by keyboard
    <section className="box-rows" ref={box} tabIndex={0} aria-label={rows.label}>
      <Table rows={rows} virtual={virtual as unknown as AnyVirtualizer} offset={0} body={body} />
    </section>
  );
}

type AnyVirtualizer = Virtualizer<Element | Window, HTMLDivElement>;

function keyAt<Item>({ items, keyOf }: Rows<Item>, index: number): string {
  const item = items[index];
  return item === undefined ? String(index) : keyOf(item);
}

function Table<Item>({
  rows,
  virtual,
  offset,
  body,
}: {
  rows: Rows<Item>;
  virtual: AnyVirtualizer;
  offset: number;
  body: React.RefObject<HTMLDivElement | null>;
}) {
  const shown = virtual.getVirtualItems();
  const atEnd = shown.at(-1)?.index === rows.items.length - 1;
  useLayoutEffect(() => {
    if (atEnd) rows.onEnd?.();
  });
  return (
    <div
      role="table"
      className={`rows ${rows.className}`}
      aria-label={rows.label}
      aria-rowcount={rows.items.length + 1}
    >
      <div role="rowgroup" className="rows-head">
        <div role="row" className="row" aria-rowindex={1}>
          {rows.columns.map((column) => (
            <div role="columnheader" key={column}>
              {column}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="rows-body"
        ref={body}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={(event) => moveFocus(event, virtual, rows.items.length)}
      >
        {shown.map(({ index, key, start }) => (
          <div
            role="row"
            className="row"
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            aria-rowindex={index + 2}
            style={{ transform: `translateY(${start - offset}px)` }}
          >
            {rows.items[index] !== undefined && rows.row(rows.items[index])}
          </div>
        ))}
      </div>
    </div>
  );
}

const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowDown: (index, count) => Math.min(count - 1, index + 1),
  ArrowUp: (index) => Math.max(0, index - 1),
  Home: () => 0,
  End: (_index, count) => count - 1,
};

function moveFocus(event: KeyboardEvent<HTMLDivElement>, virtual: AnyVirtualizer, count: number): void {
  const step = STEPS[event.key];
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[data-index]");
  if (!step || !row || target.matches("input, textarea, select")) return;
  event.preventDefault();
  const index = step(Number(row.dataset["index"]), count);
  const body = event.currentTarget;
  const focus = () => body.querySelector<HTMLElement>(`[data-index="${index}"] :is(a, button)`)?.focus();
  virtual.scrollToIndex(index);
  // A row that was not in view is there after the next drawing.
  if (body.querySelector(`[data-index="${index}"]`)) focus();
  else requestAnimationFrame(() => requestAnimationFrame(focus));
}
