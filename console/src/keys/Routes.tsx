// The screens of keys.
import { lazy } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { base, usePath } from '../app/region';

const AlarmSetup = lazy(() => import('./deletion/AlarmSetup'));
const CreateKey = lazy(() => import('./create/CreateKey'));
const ImportWizard = lazy(() => import('./material/ImportWizard'));
const KeyPage = lazy(() => import('./page/KeyPage'));
const KeysScreen = lazy(() => import('./list/KeysScreen'));
const Replicate = lazy(() => import('./page/Replicate'));

export default function KeysRoutes() {
  return (
    <Routes>
      <Route index element={<ToKeys />} />
      <Route path="keys" element={<KeysScreen key="keys" managed={false} />} />
      <Route path="keys/create" element={<CreateKey />} />
      <Route path="keys/:id" element={<KeyPage managed={false} />} />
      <Route path="keys/:id/import" element={<ImportWizard />} />
      <Route path="keys/:id/replicate" element={<Replicate />} />
      <Route path="pending-deletion-alarm" element={<AlarmSetup />} />
      <Route path="aws-managed" element={<KeysScreen key="aws" managed />} />
      <Route path="aws-managed/:id" element={<KeyPage managed />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}

function ToKeys() {
  return <Navigate replace to={usePath()('/kms/keys').slice(base.length)} />;
}
