// What is done to a trail from its screen and from the list. A trail is changed in its home Region.
import { CloudTrailClient, DeleteTrailCommand, StartLoggingCommand, StopLoggingCommand, type Trail } from '@aws-sdk/client-cloudtrail';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done, failed } from '../../app/flash';
import { useAction } from '../../app/load';
import { Confirm } from '../../ui/Confirm';

/** useLogging starts the logging of a trail, and asks before it stops it. */
export function useLogging(trail: Trail | undefined, onDone: () => void) {
  const client = useClient(CloudTrailClient, trail?.HomeRegion);
  const { busy, run } = useAction();
  const [asking, setAsking] = useState(false);
  const start = () =>
    run(async () => {
      try {
        done(`Logging of trail ${trail!.Name} started`, await client.send(new StartLoggingCommand({ Name: trail!.TrailARN })));
        onDone();
      } catch (error) {
        failed('Logging could not be started', error);
      }
    });
  const stop = async () => {
    done(`Logging of trail ${trail!.Name} stopped`, await client.send(new StopLoggingCommand({ Name: trail!.TrailARN })));
    onDone();
  };
  return {
    busy,
    set: (on: boolean) => (on ? void start() : setAsking(true)),
    dialog: asking && trail && (
      <Confirm title="Stop logging?" action="Stop logging" onConfirm={stop} onClose={() => setAsking(false)} warning="Events that happen while the trail does not log are not delivered later.">
        Trail {trail.Name} delivers no events until logging is started again. What was delivered stays.
      </Confirm>
    ),
  };
}

export function DeleteTrail({ trail, onDone, onClose }: { trail: Trail; onDone: () => void; onClose: () => void }) {
  const client = useClient(CloudTrailClient, trail.HomeRegion);
  const remove = async () => {
    done(`Trail ${trail.Name} deleted`, await client.send(new DeleteTrailCommand({ Name: trail.TrailARN })));
    onDone();
  };
  return (
    <Confirm title="Delete trail?" action="Delete" onConfirm={remove} onClose={onClose} warning="No more events are delivered. This cannot be undone.">
      Trail <b>{trail.Name}</b> is deleted. The log files in bucket {trail.S3BucketName} stay.
    </Confirm>
  );
}
