import { NoScreen } from '../app/NoScreen';

export default function EventsRoutes() {
  return <NoScreen />;
}
