import { NoScreen } from '../app/NoScreen';

export default function IamRoutes() {
  return <NoScreen />;
}
