// Amazon SNS: topics and subscriptions.
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { CreateSubscription } from './CreateSubscription';
import { CreateTopic } from './CreateTopic';
import { Subscription } from './Subscription';
import { AllSubscriptions } from './Subscriptions';
import { Topic } from './Topic';
import { Topics } from './Topics';

export default function SnsRoutes() {
  return (
    <Routes>
      <Route path="topics" element={<Topics />} />
      <Route path="topics/create" element={<CreateTopic />} />
      <Route path="topics/:name" element={<Topic />} />
      <Route path="subscriptions" element={<AllSubscriptions />} />
      <Route path="subscriptions/create" element={<CreateSubscription />} />
      <Route path="subscriptions/:topic/:id" element={<Subscription />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
