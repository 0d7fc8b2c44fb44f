// The screens by service. Each service is loaded when its first screen is opened.
import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { NoScreen } from './NoScreen';

const Overview = lazy(() => import('../overview/Routes'));
const Keys = lazy(() => import('../keys/Routes'));
const Stores = lazy(() => import('../stores/Routes'));
const Hsm = lazy(() => import('../hsm/Routes'));
const CloudWatch = lazy(() => import('../cloudwatch/Routes'));
const GraphPage = lazy(() => import('../graph/GraphPage'));
const Logs = lazy(() => import('../logs/Routes'));
const CloudTrail = lazy(() => import('../cloudtrail/Routes'));
const Sns = lazy(() => import('../sns/Routes'));
const Events = lazy(() => import('../events/Routes'));
const Iam = lazy(() => import('../iam/Routes'));
const Vpc = lazy(() => import('../vpc/Routes'));

export function Screens() {
  return (
    <Routes>
      <Route index element={<Overview />} />
      <Route path="kms/cloudhsm-stores/*" element={<Stores type="AWS_CLOUDHSM" />} />
      <Route path="kms/external-stores/*" element={<Stores type="EXTERNAL_KEY_STORE" />} />
      <Route path="kms/*" element={<Keys />} />
      <Route path="cloudhsm/*" element={<Hsm />} />
      <Route path="cloudwatch/logs/*" element={<Logs />} />
      <Route path="cloudwatch/graph" element={<GraphPage />} />
      <Route path="cloudwatch/*" element={<CloudWatch />} />
      <Route path="cloudtrail/*" element={<CloudTrail />} />
      <Route path="sns/*" element={<Sns />} />
      <Route path="events/*" element={<Events />} />
      <Route path="iam/*" element={<Iam />} />
      <Route path="vpc/*" element={<Vpc />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
