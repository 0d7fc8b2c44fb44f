import { NoScreen } from '../app/NoScreen';

export default function LogsRoutes() {
  return <NoScreen />;
}
