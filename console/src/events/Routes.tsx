// Amazon EventBridge: rules.
import { Route, Routes } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { EditRule } from './EditRule';
import { Rule } from './Rule';
import { Rules } from './Rules';

export default function EventRoutes() {
  return (
    <Routes>
      <Route path="rules" element={<Rules />} />
      <Route path="rules/create" element={<EditRule />} />
      <Route path="rules/:bus/:name" element={<Rule />} />
      <Route path="rules/:bus/:name/edit" element={<EditRule />} />
      <Route path="*" element={<NoScreen />} />
    </Routes>
  );
}
