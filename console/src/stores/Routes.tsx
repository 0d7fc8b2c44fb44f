// The screens of key stores: lists, pages, and the forms that make and change them.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { StoreList } from './StoreList';
import type { StoreType } from './words.ts';

const CreateExternal = lazy(() => import('./external/CreateExternal'));
const EditExternal = lazy(() => import('./external/EditExternal'));
const CreateHsmStore = lazy(() => import('./hsm/CreateHsmStore'));
const EditHsmStore = lazy(() => import('./hsm/EditHsmStore'));
const StorePage = lazy(() => import('./page/StorePage'));

export default function StoreRoutes({ type }: { type: StoreType }) {
  const external = type === 'EXTERNAL_KEY_STORE';
  return (
    <Routes key={type}>
      <Route index element={<StoreList type={type} />} />
      <Route path="create" element={external ? <CreateExternal /> : <CreateHsmStore />} />
      <Route path=":id" element={<StorePage type={type} />} />
      <Route path=":id/edit" element={external ? <EditExternal /> : <EditHsmStore />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
