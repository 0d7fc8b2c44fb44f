import { NoScreen } from '../app/NoScreen';

export default function SnsRoutes() {
  return <NoScreen />;
}
