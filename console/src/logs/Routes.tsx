// The screens of CloudWatch Logs.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { GroupList } from './GroupList';

const CreateGroup = lazy(() => import('./CreateGroup'));
const GroupPage = lazy(() => import('./GroupPage'));
const StreamPage = lazy(() => import('./StreamPage'));
const FilterWizard = lazy(() => import('./filters/FilterWizard'));

export default function LogsRoutes() {
  return (
    <Routes>
      <Route index element={<GroupList />} />
      <Route path="create" element={<CreateGroup />} />
      <Route path="groups/:group" element={<GroupPage />} />
      <Route path="groups/:group/stream" element={<StreamPage />} />
      <Route path="groups/:group/metric-filter" element={<FilterWizard />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
