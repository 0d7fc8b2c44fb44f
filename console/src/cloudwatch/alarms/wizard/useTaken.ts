// Putting an alarm of a name that another one has would replace that one: the wizard asks first.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { useClient } from '../../../app/client';
import { useLoad } from '../../../app/load';
import { alarmNamed } from '../api';

const pause = 300; // milliseconds without a key being pressed

/** useTaken looks whether there is an alarm of a new one's name; claim looks once more and throws if there is. */
export function useTaken(name: string, isNew: boolean) {
  const client = useClient(CloudWatchClient);
  const found = useLoad(
    isNew && name
      ? async (signal) => {
          await new Promise((go) => setTimeout(go, pause));
          signal.throwIfAborted();
          return { name: (await alarmNamed(client, name, signal))?.name };
        }
      : undefined,
    [client, name, isNew],
  );
  const claim = async () => {
    if (isNew && (await alarmNamed(client, name))) throw new Error('An alarm with this name exists already. Enter another name.');
  };
  return { taken: found.data?.name === undefined ? [] : [found.data.name], claim };
}
