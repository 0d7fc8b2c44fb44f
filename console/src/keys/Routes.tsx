import { NoScreen } from '../app/NoScreen';

export default function KeysRoutes() {
  return <NoScreen />;
}
