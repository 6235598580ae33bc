import type { AnchorHTMLAttributes } from "react";
import { onLink } from "./location.ts";

/** A link within the console. */
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  return <a href={href} {...rest} onClick={onLink} />;
}

export const jobHref = (id: string) => `/jobs/${encodeURIComponent(id)}`;
