import { NoScreen } from '../app/NoScreen';

export default function VpcRoutes() {
  return <NoScreen />;
}
