// The policy simulator: what policies allow and deny, without doing it.
import { IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useEffect, useState, type FormEvent } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useAction, useLoad } from '../../app/load';
import { ErrorNote } from '../../ui/ErrorNote';
import { Page } from '../../ui/Page';
import { allActions } from '../actions';
import { listGroups, listRoles, listUsers } from '../lists';
import { kindOf, type HolderKind } from '../names';
import { aboutPolicy, newPolicy, PolicyEditor, refusedPolicy, usable } from '../PolicyEditor';
import { ContextFields, nameErrorOf } from './ContextFields';
import { arnOfHolder, contextKeys, documentsOf, entryError, givenDocuments, rowsOf, simulate, typeOfKey, type Asked, type Document, type Entry, type Row } from './evaluate';
import { Results } from './Results';

export function Simulator() {
  const iam = useClient(IAMClient);
  const [query] = useSearchParams();
  const [mode, setMode] = useState<Asked['mode']>('principal');
  const [principal, setPrincipal] = useState(query.get('principal') ?? '');
  const [custom, setCustom] = useState<string[]>([]);
  const [boundary, setBoundary] = useState('');
  const [actions, setActions] = useState<string[]>(() => query.getAll('action').flatMap((a) => a.split(',')).filter(Boolean));
  const [action, setAction] = useState('');
  const [resources, setResources] = useState(() => query.getAll('resource').join('\n'));
  const [entries, setEntries] = useState<Entry[]>([]);
  const [caller, setCaller] = useState('');
  const [resourcePolicy, setResourcePolicy] = useState('');
  const [tried, setTried] = useState(false);
  const [shown, setShown] = useState<{ rows: Row[]; documents: Document[]; unread?: string }>();
  const [open, setOpen] = useState({ boundary: false, resource: false });
  const { busy, error, run, clear } = useAction();
  const keys = useAction();
  const principals = useLoad(
    async (abortSignal) => {
      const o = { abortSignal };
      const [users, groups, roles] = await Promise.all([listUsers(iam, o), listGroups(iam, o), listRoles(iam, o)]);
      return [
        { label: 'Users', options: users.map((u) => ({ value: u.Arn!, description: u.UserName })) },
        { label: 'User groups', options: groups.map((g) => ({ value: g.Arn!, description: g.GroupName })) },
        { label: 'Roles', options: roles.map((r) => ({ value: r.Arn!, description: r.RoleName })) },
      ].filter((g) => g.options.length > 0);
    },
    [iam],
  );
  const holder = query.get('holder');
  useEffect(() => {
    const cut = holder?.indexOf('/') ?? -1;
    if (holder && cut > 0) void run(async () => setPrincipal(await arnOfHolder(iam, holder.slice(0, cut) as HolderKind, holder.slice(cut + 1))));
  }, [holder, iam, run]);

  const asked: Asked = { mode, principal, custom, boundary, actions, resources: resources.split(/\s+/).filter(Boolean), entries, caller: caller.trim(), resourcePolicy };
  const kind = kindOf(principal);
  const errors = {
    principal: mode === 'principal' && !kind ? 'Choose a user, group or role, or enter its ARN.' : undefined,
    actions: actions.length === 0 ? 'Add at least one action.' : undefined,
    action: action && !/^[\w.-]+:\w+$/.test(action) ? 'An action has a service and a name, such as kms:Decrypt, and no wildcards.' : undefined,
    resources: asked.resources.some((r) => r !== '*' && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+/.test(r)) ? 'Enter ARNs, one a line, or * for all resources.' : undefined,
    caller: asked.caller && !/^arn:[\w-]+:iam::\d{12}:user\/.+/.test(asked.caller)
      ? 'Enter the ARN of a user.'
      : !asked.caller && resourcePolicy.trim() && (mode === 'custom' || (kind && kind !== 'user'))
        ? 'A resource policy needs a caller: enter the ARN of a user.'
        : undefined,
    custom: mode === 'custom' && custom.length === 0 ? 'Add a policy.' : undefined,
  };
  const wrong = {
    custom: custom.some((p) => !usable(p, 'identity')),
    boundary: boundary.trim() !== '' && !usable(boundary, 'identity'),
    resource: resourcePolicy.trim() !== '' && !usable(resourcePolicy, 'resource'),
    context: entries.some((e) => nameErrorOf(e) || entryError(e)),
  };
  const valid = ![...Object.values(errors), ...Object.values(wrong)].some(Boolean);
  /** refused is the service's word for one of the policies of the form */
  const refused = (id: string) => (error && refusedPolicy(error) === id ? error : undefined);
  const changes = (set: (text: string) => void) => (text: string) => {
    set(text);
    clear();
  };
  const addAction = (a: string) => {
    if (!/^[\w.-]+:\w+$/.test(a)) return;
    if (!actions.includes(a)) setActions([...actions, a]);
    setAction('');
  };
  const submit = async () => {
    setTried(true);
    // What is wrong must not stand where nobody sees it.
    setOpen({ boundary: open.boundary || wrong.boundary, resource: open.resource || wrong.resource || !!errors.caller });
    // Nor may an answer to something else.
    setShown(undefined);
    if (!valid) return;
    await run(async () => {
      const results = await simulate(iam, asked).catch((e: Error) => {
        const id = refusedPolicy(e) ?? '';
        setOpen({ boundary: open.boundary || id.startsWith('PermissionsBoundary'), resource: open.resource || id === 'ResourcePolicy' });
        throw e;
      });
      const documents = givenDocuments(asked);
      let unread: string | undefined;
      // What may be simulated may not always be read.
      if (mode === 'principal' && kind) await documentsOf(iam, principal, kind).then((d) => documents.push(...d), (e: Error) => (unread = e.message));
      setShown({ rows: rowsOf(results), documents, unread });
    });
  };
  const suggest = () =>
    keys.run(async () => {
      const found = await contextKeys(iam, asked);
      const lower = new Set(entries.map((e) => e.name.toLowerCase()));
      setEntries([...entries, ...found.filter((k) => !lower.has(k.toLowerCase())).map((name) => ({ name, type: typeOfKey(name), value: '' }))]);
    });
  return (
    <Page title="Policy simulator" description="What policies allow and deny is evaluated as for a call, and nothing is done.">
      <form
        noValidate
        onSubmit={(e: FormEvent) => {
          e.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Who</Header>}>
            <SpaceBetween size="m">
              <FormField label="Policies">
                <RadioGroup
                  value={mode}
                  onChange={(e) => {
                    const next = e.detail.value as Asked['mode'];
                    setMode(next);
                    if (next === 'custom' && custom.length === 0) setCustom([newPolicy]);
                  }}
                  items={[
                    { value: 'principal', label: 'Those of a user, group or role' },
                    { value: 'custom', label: 'Policies that you enter' },
                  ]}
                />
              </FormField>
              {mode === 'principal' && (
                <FormField label="User, group or role" errorText={(tried ? errors.principal : undefined) ?? principals.error?.message}>
                  <Autosuggest
                    value={principal}
                    onChange={(e) => setPrincipal(e.detail.value.trim())}
                    options={principals.data ?? []}
                    statusType={principals.loading ? 'loading' : 'finished'}
                    placeholder="ARN"
                    enteredTextLabel={(v) => `Use “${v}”`}
                    ariaLabel="User, group or role"
                    empty="No users, groups or roles"
                  />
                </FormField>
              )}
              {custom.map((text, i) => (
                <SpaceBetween size="xs" key={i}>
                  <PolicyEditor label={`Policy ${i + 1}`} text={text} onChange={changes((t) => setCustom(custom.map((o, j) => (i === j ? t : o))))} tried={tried} refused={refused(`PolicyInputList.${i + 1}`)} rows={10} />
                  <Button formAction="none" onClick={() => setCustom(custom.filter((_, j) => i !== j))}>
                    Remove policy {i + 1}
                  </Button>
                </SpaceBetween>
              ))}
              <FormField errorText={tried ? errors.custom : undefined}>
                <Button formAction="none" iconName="add-plus" onClick={() => setCustom([...custom, newPolicy])}>
                  {mode === 'principal' ? 'Add a policy to those of the principal' : 'Add policy'}
                </Button>
              </FormField>
              <ExpandableSection headerText="Permissions boundary - optional" expanded={open.boundary} onChange={(e) => setOpen({ ...open, boundary: e.detail.expanded })}>
                <PolicyEditor label="Boundary policy" text={boundary} onChange={changes(setBoundary)} refused={refused('PermissionsBoundaryPolicyInputList.1')} rows={8} />
              </ExpandableSection>
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">What</Header>}>
            <SpaceBetween size="m">
              <FormField label="Actions" constraintText="Choose actions, or enter them and press Enter." errorText={errors.action ?? (tried ? errors.actions : undefined)}>
                <Autosuggest
                  value={action}
                  onChange={(e) => setAction(e.detail.value.trim())}
                  onSelect={(e) => addAction(e.detail.value)}
                  onKeyDown={(e) => {
                    if (e.detail.key === 'Enter') {
                      e.preventDefault();
                      addAction(action);
                    }
                  }}
                  options={action.length < 2 ? [] : allActions.filter((a) => !actions.includes(a)).map((value) => ({ value }))}
                  placeholder="kms:Decrypt"
                  enteredTextLabel={(v) => `Add “${v}”`}
                  ariaLabel="Actions"
                  virtualScroll
                />
                <TokenGroup
                  items={actions.map((label) => ({ label, dismissLabel: `Remove ${label}` }))}
                  onDismiss={(e) => setActions(actions.filter((_, i) => i !== e.detail.itemIndex))}
                />
              </FormField>
              <FormField label="Resources - optional" description="ARNs, one a line. Without any, the actions are evaluated on all resources (*)." errorText={errors.resources}>
                <Textarea value={resources} onChange={(e) => setResources(e.detail.value)} rows={3} spellcheck={false} />
              </FormField>
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2" description="Values that a real call would bring. What follows from who calls is there already.">Context</Header>}>
            <SpaceBetween size="m">
              <ErrorNote error={keys.error} />
              <ContextFields entries={entries} onChange={setEntries} tried={tried} suggest={suggest} suggesting={keys.busy} />
            </SpaceBetween>
          </Container>
          <ExpandableSection
            variant="container"
            headerText="Caller and resource policy - optional"
            expanded={open.resource}
            onChange={(e) => setOpen({ ...open, resource: e.detail.expanded })}
          >
            <SpaceBetween size="m">
              <FormField label="Caller ARN" description="The user who calls, if it is not the one above." errorText={tried || asked.caller.length > 20 ? errors.caller : undefined}>
                <Input value={caller} onChange={(e) => setCaller(e.detail.value)} autoComplete={false} />
              </FormField>
              <PolicyEditor label="Resource policy" kind="resource" text={resourcePolicy} onChange={changes(setResourcePolicy)} refused={refused('ResourcePolicy')} rows={10} description="The policy of the resource, such as a key policy." />
            </SpaceBetween>
          </ExpandableSection>
          {tried && !valid && <Alert type="error">Nothing was simulated. Correct the fields that have a message.</Alert>}
          {aboutPolicy(error) ? <Alert type="error">Nothing was simulated. The service has refused a policy; its reason stands beside the policy.</Alert> : <ErrorNote error={error} />}
          <Button variant="primary" loading={busy}>
            Run simulation
          </Button>
        </SpaceBetween>
      </form>
      {shown?.unread && <Alert type="info">The texts of the policies could not be read: {shown.unread}</Alert>}
      {shown && <Results rows={shown.rows} documents={shown.documents} />}
    </Page>
  );
}
