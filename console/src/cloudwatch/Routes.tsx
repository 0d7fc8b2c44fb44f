// CloudWatch's screens, but those of logs.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { AlarmList } from './alarms/AlarmList';
import { AlarmPage } from './alarms/AlarmPage';
import { DashboardList } from './dashboards/DashboardList';

const wizard = () => import('./AlarmWizard');
const CreateAlarm = lazy(() => wizard().then((m) => ({ default: m.CreateAlarm })));
const CreateCompositeAlarm = lazy(() => wizard().then((m) => ({ default: m.CreateCompositeAlarm })));
const EditAlarm = lazy(() => wizard().then((m) => ({ default: m.EditAlarm })));
const DashboardPage = lazy(() => import('./dashboards/DashboardPage'));
const MetricsPage = lazy(() => import('./metrics/MetricsPage'));

export default function CloudWatchRoutes() {
  return (
    <Routes>
      <Route path="metrics" element={<MetricsPage />} />
      <Route path="dashboards" element={<DashboardList />} />
      <Route path="dashboards/:name" element={<DashboardPage />} />
      <Route path="alarms" element={<AlarmList />} />
      {/* No alarm has such an address: what is "/" in its name is not one there. */}
      <Route path="alarms/create/metric" element={<CreateAlarm />} />
      <Route path="alarms/create/composite" element={<CreateCompositeAlarm />} />
      <Route path="alarms/:name/edit" element={<EditAlarm />} />
      <Route path="alarms/:name" element={<AlarmPage />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
