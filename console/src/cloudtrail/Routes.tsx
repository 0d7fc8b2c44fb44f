// The screens of CloudTrail.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { EventHistory } from './events/EventHistory';
import { TrailList } from './trails/TrailList';

const EventPage = lazy(() => import('./events/EventPage'));
const CreateTrail = lazy(() => import('./trails/CreateTrail'));
const TrailPage = lazy(() => import('./trails/TrailPage'));

export default function CloudTrailRoutes() {
  return (
    <Routes>
      <Route path="events" element={<EventHistory />} />
      <Route path="events/:id" element={<EventPage />} />
      <Route path="trails" element={<TrailList />} />
      <Route path="trails/create" element={<CreateTrail />} />
      <Route path="trails/:arn" element={<TrailPage />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
