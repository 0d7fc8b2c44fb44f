// Asking before somebody leaves a screen with changes that are not saved: by a link or a button
// of the console, by the browser's back and forward, or by closing the page.
import { useContext, useEffect, useRef, useState } from 'react';
import { UNSAFE_NavigationContext } from 'react-router';
import { onLeaving } from '../../app/leaving';

/** useGuard tells whether somebody wants to go away, which is to be asked about; leave lets them. */
export function useGuard(dirty: boolean): { wanted: boolean; leave: () => void; stay: () => void } {
  const { navigator } = useContext(UNSAFE_NavigationContext);
  const [wanted, setWanted] = useState<{ go: () => void }>();
  const allowed = useRef(false);
  useEffect(() => {
    if (!dirty) return;
    const { push, replace } = navigator;
    const { href, pathname } = location;
    const ask = (go: () => void) => setWanted({ go });
    const stays = (to: Parameters<typeof push>[0]) => allowed.current || (typeof to === 'string' ? to.split(/[?#]/)[0] : to.pathname) === pathname;
    navigator.push = (...args) => (stays(args[0]) ? push(...args) : ask(() => push(...args)));
    navigator.replace = (...args) => (stays(args[0]) ? replace(...args) : ask(() => replace(...args)));
    // The browser has gone already when it tells: the address is put back, and what listens for it
    // hears nothing until somebody says that it may.
    const popped = (e: PopStateEvent) => {
      if (allowed.current || location.pathname === pathname) return;
      e.stopImmediatePropagation();
      const [to, state] = [location.href, e.state as unknown];
      history.pushState(null, '', href);
      ask(() => {
        history.replaceState(state, '', to);
        window.dispatchEvent(new PopStateEvent('popstate', { state }));
      });
    };
    const closing = (e: BeforeUnloadEvent) => e.preventDefault();
    const heard = onLeaving(popped);
    window.addEventListener('beforeunload', closing);
    return () => {
      navigator.push = push;
      navigator.replace = replace;
      heard();
      window.removeEventListener('beforeunload', closing);
    };
  }, [dirty, navigator]);
  return {
    wanted: wanted !== undefined,
    leave: () => {
      allowed.current = true;
      wanted?.go();
    },
    stay: () => setWanted(undefined),
  };
}
