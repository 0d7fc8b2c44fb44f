import { NoScreen } from '../app/NoScreen';

export default function CloudTrailRoutes() {
  return <NoScreen />;
}
