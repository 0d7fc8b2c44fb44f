import { NoScreen } from '../app/NoScreen';

export type StoreType = 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';

export default function StoreRoutes(_: { type: StoreType }) {
  return <NoScreen />;
}
