// The program: the sign-in, and behind it the screens.
import I18nProvider from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { useLayoutEffect } from 'react';
import { createPortal } from 'react-dom';
import { BrowserRouter, Navigate, Route, Routes, useLocation } from 'react-router';
import { getSettings } from '../signin/api';
import { SignIn } from '../signin/SignIn';
import { forgetCalls } from './calls';
import { clearFlash } from './flash';
import { useLoad } from './load';
import { preferred } from './preferences';
import { base } from './region';
import { Screens } from './screens';
import { useSession } from './session';
import { Shell } from './Shell';

const signInRoot = document.createElement('div');
signInRoot.id = 'sign-in';
document.body.append(signInRoot);

export function App() {
  const { session, ended, visit } = useSession();
  const away = !session || ended !== undefined;
  useLayoutEffect(() => {
    document.body.classList.toggle('signed-out', away);
  }, [away]);
  // What somebody else has done here is nobody's business.
  useLayoutEffect(() => {
    clearFlash();
    forgetCalls();
  }, [visit]);
  return (
    <I18nProvider locale="en" messages={[messages]}>
      {away && createPortal(<SignIn />, signInRoot)}
      {session && (
        <BrowserRouter key={visit} basename={base}>
          <Routes>
            <Route path="/:region/*" element={<Home />} />
            <Route path="*" element={<ToRegion />} />
          </Routes>
        </BrowserRouter>
      )}
    </I18nProvider>
  );
}

function Home() {
  return (
    <Shell>
      <Screens />
    </Shell>
  );
}

/** ToRegion completes an address without a Region. */
function ToRegion() {
  const settings = useLoad(getSettings, []);
  const { pathname } = useLocation();
  if (!settings.data) return null;
  const { regions, defaultRegion } = settings.data;
  const last = preferred().region;
  return <Navigate replace to={`/${regions.includes(last) ? last : defaultRegion}${pathname === '/' ? '/' : pathname}`} />;
}
