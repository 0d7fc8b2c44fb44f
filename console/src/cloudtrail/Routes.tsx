// The screens of CloudTrail.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { EventHistory } from './events/EventHistory';

const EventPage = lazy(() => import('./events/EventPage'));

export default function CloudTrailRoutes() {
  return (
    <Routes>
      <Route path="events" element={<EventHistory />} />
      <Route path="events/:id" element={<EventPage />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
