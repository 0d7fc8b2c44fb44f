// IAM: users, groups, roles, policies, identity providers, the account and its simulator.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { Account } from './account/Account';
import { Me } from './account/Me';
import { GroupPage } from './groups/Group';
import { Groups } from './groups/Groups';
import { Policies } from './policies/Policies';
import { PolicyPage } from './policies/Policy';
import { CreateProvider } from './providers/CreateProvider';
import { ProviderPage } from './providers/Provider';
import { Providers } from './providers/Providers';
import { RolePage } from './roles/Role';
import { Roles } from './roles/Roles';
import { Users } from './users/Users';
import { UserPage } from './users/User';

const CreateUser = lazy(() => import('./users/CreateUser').then((m) => ({ default: m.CreateUser })));
const Simulator = lazy(() => import('./simulator/Simulator').then((m) => ({ default: m.Simulator })));
const CreateGroup = lazy(() => import('./groups/CreateGroup').then((m) => ({ default: m.CreateGroup })));
const CreateRole = lazy(() => import('./roles/CreateRole').then((m) => ({ default: m.CreateRole })));
const CreatePolicy = lazy(() => import('./policies/CreatePolicy').then((m) => ({ default: m.CreatePolicy })));
const EditPolicy = lazy(() => import('./policies/EditPolicy').then((m) => ({ default: m.EditPolicy })));

export default function IamRoutes() {
  return (
    <Routes>
      <Route path="users" element={<Users />} />
      <Route path="users/create" element={<CreateUser />} />
      <Route path="users/:name" element={<UserPage />} />
      <Route path="groups" element={<Groups />} />
      <Route path="groups/create" element={<CreateGroup />} />
      <Route path="groups/:name" element={<GroupPage />} />
      <Route path="roles" element={<Roles />} />
      <Route path="roles/create" element={<CreateRole />} />
      <Route path="roles/:name" element={<RolePage />} />
      <Route path="policies" element={<Policies />} />
      <Route path="policies/create" element={<CreatePolicy />} />
      <Route path="policies/:arn" element={<PolicyPage />} />
      <Route path="policies/:arn/edit" element={<EditPolicy />} />
      <Route path="providers" element={<Providers />} />
      <Route path="providers/create" element={<CreateProvider />} />
      <Route path="providers/:arn" element={<ProviderPage />} />
      <Route path="account" element={<Account />} />
      <Route path="me" element={<Me />} />
      <Route path="simulator" element={<Simulator />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
