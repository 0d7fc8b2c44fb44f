// The dialog that deletes a rule, with its targets: the API deletes only a rule that has none.
import { DeleteRuleCommand, EventBridgeClient, ListTargetsByRuleCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything } from '../app/load';
import { Confirm } from '../ui/Confirm';
import { refused } from './refused';

export function DeleteRule({ bus, name, onClose, onDone }: { bus: string; name: string; onClose: () => void; onDone: () => void }) {
  const events = useClient(EventBridgeClient);
  return (
    <Confirm
      title="Delete rule"
      action="Delete"
      typed="delete"
      onClose={onClose}
      onConfirm={async () => {
        const targets = await everything(async (NextToken) => {
          const page = await events.send(new ListTargetsByRuleCommand({ Rule: name, EventBusName: bus, NextToken }));
          return { items: page.Targets, next: page.NextToken };
        });
        if (targets.length > 0) refused(await events.send(new RemoveTargetsCommand({ Rule: name, EventBusName: bus, Ids: targets.map((t) => t.Id!) })));
        done(`Rule ${name} was deleted.`, await events.send(new DeleteRuleCommand({ Name: name, EventBusName: bus })));
        onDone();
      }}
    >
      Delete rule <b>{name}</b> with its targets? Nothing is sent for its events any more. You can’t undo this action.
    </Confirm>
  );
}
