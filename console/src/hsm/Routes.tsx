import { NoScreen } from '../app/NoScreen';

export default function HsmRoutes() {
  return <NoScreen />;
}
