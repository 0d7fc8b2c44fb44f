import { NoScreen } from '../app/NoScreen';

export default function OverviewRoutes() {
  return <NoScreen />;
}
