import { NoScreen } from '../app/NoScreen';

export default function CloudWatchRoutes() {
  return <NoScreen />;
}
