// Links between the console's screens.
import CloudscapeLink, { type LinkProps } from '@cloudscape-design/components/link';
import type { MouseEvent as ReactMouseEvent } from 'react';
import { base, useGo, usePath } from '../app/region';
import { useNavigate } from 'react-router';

/** Go links to a screen by its path in this Region ("/kms/keys"). */
export function Go({ to, ...rest }: { to: string } & Omit<LinkProps, 'href' | 'onFollow'>) {
  const path = usePath();
  const go = useGo();
  return (
    <CloudscapeLink
      {...rest}
      href={path(to)}
      onFollow={(e) => {
        if (e.detail.external) return;
        e.preventDefault();
        go(to);
      }}
    />
  );
}

interface Followed {
  detail: { href?: string; external?: boolean; target?: string };
  preventDefault(): void;
}

/** useFollow follows whole addresses of the console ("/console/us-east-1/kms/keys") without loading the page anew. */
export function useFollow(): (e: Followed | ReactMouseEvent<HTMLAnchorElement>) => void {
  const navigate = useNavigate();
  return (e) => {
    const href = 'detail' in e && typeof e.detail === 'object' ? e.detail.href : (e as ReactMouseEvent<HTMLAnchorElement>).currentTarget.getAttribute('href');
    if (!href?.startsWith(`${base}/`)) return;
    e.preventDefault();
    void navigate(href.slice(base.length));
  };
}
