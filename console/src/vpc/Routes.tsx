// Private endpoints: listeners of their own for one network, each with a policy.
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { CreateEndpoint } from './CreateEndpoint';
import { Endpoint } from './Endpoint';
import { Endpoints } from './Endpoints';

export default function VpcRoutes() {
  return (
    <Routes>
      <Route path="endpoints" element={<Endpoints />} />
      <Route path="endpoints/create" element={<CreateEndpoint />} />
      <Route path="endpoints/:id" element={<Endpoint />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
