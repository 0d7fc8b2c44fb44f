// When key material expires, in words.
import { Time } from '../../ui/Time';

export function Expires({ model, at, missing }: { model: string | undefined; at: Date | undefined; missing?: boolean }) {
  if (missing || !model) return <>–</>;
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') return <>Does not expire</>;
  return <Time at={at} seconds />;
}
