// CloudWatch's screens, but those of logs.
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { AlarmList } from './alarms/AlarmList';
import { AlarmPage } from './alarms/AlarmPage';

export default function CloudWatchRoutes() {
  return (
    <Routes>
      <Route path="alarms" element={<AlarmList />} />
      <Route path="alarms/:name" element={<AlarmPage />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
