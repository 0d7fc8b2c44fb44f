// The frame of a screen: its heading, its place in the breadcrumbs, the title of the window.
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { createContext, useContext, useEffect, type ReactNode } from 'react';

/** Crumb is a screen above this one; path is as in this Region. */
export interface Crumb {
  text: string;
  path: string;
}

interface Place {
  title: string;
  above: readonly Crumb[];
}

export const PlaceContext = createContext<(place: Place) => void>(() => {});

/** Page shows a screen below its heading. */
export function Page(props: { title: string; heading?: ReactNode; above?: readonly Crumb[]; description?: ReactNode; actions?: ReactNode; counter?: string; info?: ReactNode; children: ReactNode }) {
  const setPlace = useContext(PlaceContext);
  const { title, above = [] } = props;
  const trail = JSON.stringify(above);
  useEffect(() => {
    document.title = `${title} | Keystead`;
    setPlace({ title, above: JSON.parse(trail) as Crumb[] });
  }, [title, trail, setPlace]);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={props.description} actions={props.actions} counter={props.counter} info={props.info}>
          <span style={{ overflowWrap: 'anywhere' }}>{props.heading ?? title}</span>
        </Header>
      }
    >
      <SpaceBetween size="l">{props.children}</SpaceBetween>
    </ContentLayout>
  );
}
