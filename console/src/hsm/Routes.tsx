// The screens of CloudHSM: clusters with their HSMs, backups, and the material of deleted keys.
import { lazy } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { ClusterList } from './clusters/ClusterList';

const CreateCluster = lazy(() => import('./clusters/CreateCluster'));
const ClusterPage = lazy(() => import('./clusters/ClusterPage'));
const Initialize = lazy(() => import('./clusters/Initialize'));
const BackupList = lazy(() => import('./backups/BackupList'));
const BackupPage = lazy(() => import('./backups/BackupPage'));
const Material = lazy(() => import('./material/Material'));

export default function HsmRoutes() {
  return (
    <Routes>
      <Route index element={<Navigate replace to="clusters" />} />
      <Route path="clusters" element={<ClusterList />} />
      <Route path="clusters/create" element={<CreateCluster />} />
      <Route path="clusters/:id" element={<ClusterPage />} />
      <Route path="clusters/:id/initialize" element={<Initialize />} />
      <Route path="backups" element={<BackupList />} />
      <Route path="backups/:id" element={<BackupPage />} />
      <Route path="material" element={<Material />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
