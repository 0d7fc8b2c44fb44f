// The frame around every screen: the bar at the top with services, Region and account, the
// navigation of the service, breadcrumbs and flash messages.
import AppLayout from '@cloudscape-design/components/app-layout';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { Suspense, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { getSettings } from '../signin/api';
import { Loading } from '../ui/Field';
import { useFollow } from '../ui/Go';
import { PlaceContext, type Crumb } from '../ui/Page';
import { Broken } from './Broken';
import { Flashes } from './flash';
import { useLoad } from './load';
import { marked, sectionOf, sections } from './navigation';
import { prefer, usePreferences, type Preferences } from './preferences';
import { useGo, useHere, usePath, useRegion } from './region';
import { signOut, useIdentity } from './session';
import { ShowCommand } from './ShowCommand';

export function Shell({ children }: { children: ReactNode }) {
  const here = useHere();
  const region = useRegion();
  const path = usePath();
  const follow = useFollow();
  const section = sectionOf(here);
  const [place, setPlace] = useState<{ title: string; above: readonly Crumb[] }>({ title: '', above: [] });
  const [open, setOpen] = useState(() => matchMedia('(min-width: 912px)').matches);
  const [command, setCommand] = useState(false);
  useNewScreen(here);
  useEffect(() => prefer({ region }), [region]);
  const navigation = useMemo(() => section && { items: section.items.map((i) => entry(i, path)), header: { text: section.name, href: path(section.home) } }, [section, path]);
  const overview = { text: 'Keystead', href: path('/') };
  const crumbs = [
    overview,
    ...(section ? [{ text: section.name, href: path(section.home) }] : []),
    ...place.above.map((c) => ({ text: c.text, href: path(c.path) })),
    { text: place.title, href: '' },
  ];
  return (
    <PlaceContext.Provider value={setPlace}>
      <a className="skip" href="#main" onClick={(e) => (e.preventDefault(), document.querySelector<HTMLElement>('h1')?.focus())}>
        Skip to main content
      </a>
      <header id="top">
        <Bar onCommand={() => setCommand(true)} />
      </header>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationHide={!navigation}
        navigationOpen={open}
        onNavigationChange={(e) => setOpen(e.detail.open)}
        navigation={navigation && <SideNavigation activeHref={path(marked(section!, here) ?? '')} header={navigation.header} items={navigation.items} onFollow={follow} />}
        breadcrumbs={here === '/' ? undefined : <BreadcrumbGroup items={crumbs} ariaLabel="Breadcrumbs" onFollow={follow} />}
        notifications={<Flashes />}
        ariaLabels={{ navigation: 'Side navigation', navigationToggle: 'Open side navigation', navigationClose: 'Close side navigation', notifications: 'Notifications' }}
        content={
          <Broken key={here}>
            <Suspense fallback={<Loading lines={6} />}>{children}</Suspense>
          </Broken>
        }
      />
      {command && <ShowCommand onClose={() => setCommand(false)} />}
    </PlaceContext.Provider>
  );
}

const entry = (i: (typeof sections)[number]['items'][number], path: (p: string) => string): SideNavigationProps.Item =>
  'path' in i
    ? { type: 'link', text: i.text, href: path(i.path) }
    : { type: 'section', text: i.text, items: i.items.map((s) => ({ type: 'link' as const, text: s.text, href: path(s.path) })) };

/** useNewScreen puts the focus on a new screen's heading, as a new page would, unless something has it. */
function useNewScreen(here: string) {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    const timer = setTimeout(() => {
      const focused = document.activeElement;
      if (focused && focused !== document.body && !focused.closest('nav, #top, a')) return;
      const heading = document.querySelector<HTMLElement>('main h1');
      if (!heading || document.querySelector('[role="menu"]')) return;
      heading.tabIndex = -1;
      heading.style.outline = 'none';
      heading.focus({ preventScroll: true });
    }, 50);
    return () => clearTimeout(timer);
  }, [here]);
}

const themes: Record<Preferences['theme'], string> = { light: 'Light', dark: 'Dark', system: 'Browser default' };

/** Bar is the bar at the top: services, the command, preferences, Region, account. */
function Bar({ onCommand }: { onCommand: () => void }) {
  const me = useIdentity();
  const region = useRegion();
  const here = useHere();
  const go = useGo();
  const path = usePath();
  const navigate = useNavigate();
  const { search } = useLocation();
  const { theme, zone } = usePreferences();
  const settings = useLoad(getSettings, []);
  const regions = settings.data?.regions ?? [region];
  const account = me.accountAlias || me.account;
  const services: TopNavigationProps.Utility = {
    type: 'menu-dropdown',
    text: 'Services',
    ariaLabel: 'Services',
    iconName: 'menu',
    items: [{ id: '/', text: 'Overview', description: 'The state of this account' }, ...sections.map((s) => ({ id: s.home, text: s.name, description: s.about }))],
    onItemClick: (e) => go(e.detail.id),
  };
  const command: TopNavigationProps.Utility = { type: 'button', text: 'Show command', iconName: 'script', title: 'Show the equivalent AWS CLI command', onClick: onCommand };
  const settingsMenu: TopNavigationProps.Utility = {
    type: 'menu-dropdown',
    iconName: 'settings',
    ariaLabel: 'Settings',
    title: 'Settings',
    items: [
      { id: 'theme', text: 'Visual mode', items: Object.entries(themes).map(([id, text]) => ({ id: `theme:${id}`, text, itemType: 'checkbox' as const, checked: theme === id })) },
      {
        id: 'zone',
        text: 'Times',
        items: [
          { id: 'zone:UTC', text: 'UTC', itemType: 'checkbox' as const, checked: zone === 'UTC' },
          { id: 'zone:local', text: 'Local time zone', itemType: 'checkbox' as const, checked: zone === 'local' },
        ],
      },
    ],
    onItemClick: (e) => {
      const [what, value] = e.detail.id.split(':');
      prefer({ [what]: value } as Partial<Preferences>);
    },
  };
  const regionMenu: TopNavigationProps.Utility = {
    type: 'menu-dropdown',
    text: region,
    ariaLabel: `Region: ${region}`,
    title: 'Region',
    items: regions.map((r) => ({ id: r, text: r, itemType: 'checkbox' as const, checked: r === region })),
    onItemClick: (e) => {
      // What a screen shows of one Region is not in another: its list is where to go on.
      const list = marked(sectionOf(here) ?? sections[0], here) ?? here;
      void navigate(`/${e.detail.id}${here === list ? here + search : sectionOf(here) ? list : here}`);
    },
  };
  const accountMenu: TopNavigationProps.Utility = {
    type: 'menu-dropdown',
    text: `${me.name} @ ${account}`,
    ariaLabel: `Account: ${me.name} @ ${account}`,
    description: me.arn,
    iconName: 'user-profile',
    items: [
      { id: 'account', text: `Account ID: ${me.account}`, disabled: true },
      { id: 'arn', text: me.arn, disabled: true },
      { id: '/iam/me', text: 'Security credentials' },
      { id: 'out', text: 'Sign out' },
    ],
    onItemClick: (e) => {
      if (e.detail.id !== 'out') return go(e.detail.id);
      signOut();
      history.replaceState(null, '', '/console/');
    },
  };
  return (
    <TopNavigation
      identity={{ href: path('/'), title: 'Keystead', onFollow: (e) => (e.preventDefault(), go('/')) }}
      utilities={[services, command, settingsMenu, regionMenu, accountMenu]}
      i18nStrings={{ overflowMenuTriggerText: 'More', overflowMenuTitleText: 'All', overflowMenuBackIconAriaLabel: 'Back', overflowMenuDismissIconAriaLabel: 'Close menu' }}
    />
  );
}
