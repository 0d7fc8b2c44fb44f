// A new version of a policy, from the one that counts now.
import { CreatePolicyVersionCommand, DeletePolicyVersionCommand, GetPolicyCommand, GetPolicyVersionCommand, IAMClient, ListPolicyVersionsCommand } from '@aws-sdk/client-iam';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { pretty } from '../../ui/JsonEditor';
import { Page } from '../../ui/Page';
import { PageForm } from '../../ui/PageForm';
import { all, managedLimit } from '../lists';
import { decoded, lastOf, policyPath } from '../names';
import { aboutPolicy, PolicyEditor, usable } from '../PolicyEditor';

/** mostVersions is how many versions a policy has at most. */
const mostVersions = 5;

export function EditPolicy() {
  const { arn = '' } = useParams();
  const name = lastOf(arn);
  const iam = useClient(IAMClient);
  const go = useGo();
  const { busy, error, run, clear } = useAction();
  const policy = useLoad(
    async (abortSignal) => {
      const o = { abortSignal };
      const p = (await iam.send(new GetPolicyCommand({ PolicyArn: arn }), o)).Policy!;
      const [version, versions] = await Promise.all([
        iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: p.DefaultVersionId }), o),
        all((q) => iam.send(new ListPolicyVersionsCommand({ ...q, PolicyArn: arn }), o), (r) => r.Versions, abortSignal),
      ]);
      return { text: pretty(decoded(version.PolicyVersion?.Document)), versions };
    },
    [iam, arn],
  );
  const [edited, setEdited] = useState<string>();
  const [asDefault, setDefault] = useState(true);
  const [dropped, setDropped] = useState<string>();
  const [tried, setTried] = useState(false);
  const text = edited ?? policy.data?.text ?? '';
  const others = policy.data?.versions.filter((v) => !v.IsDefaultVersion).map((v) => v.VersionId!) ?? [];
  const full = (policy.data?.versions.length ?? 0) >= mostVersions;
  const drop = full ? (dropped ?? others.at(-1)) : undefined;
  const submit = async () => {
    setTried(true);
    if (!usable(text, 'identity', managedLimit)) return;
    const ok = await run(async () => {
      // A policy of the most versions that there may be has no room for another.
      if (drop && policy.data!.versions.some((v) => v.VersionId === drop)) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: drop }));
        policy.set({ ...policy.data!, versions: policy.data!.versions.filter((v) => v.VersionId !== drop) });
      }
      const made = await iam.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument: text, SetAsDefault: asDefault }));
      done(`Version ${made.PolicyVersion?.VersionId} of policy ${name} was created.`, made);
    });
    if (ok) go(policyPath(arn));
  };
  return (
    <Page
      title={`Edit ${name}`}
      above={[
        { text: 'Policies', path: '/iam/policies' },
        { text: name, path: policyPath(arn) },
      ]}
    >
      <ErrorNote error={policy.error} retry={policy.reload} />
      {!policy.data && policy.loading && <Loading />}
      {policy.data && (
        <PageForm submit="Save changes" busy={busy} error={aboutPolicy(error) ? undefined : error} onSubmit={submit} onCancel={() => go(policyPath(arn))}>
          <Container>
            <SpaceBetween size="m">
              <PolicyEditor
                text={text}
                onChange={(t) => {
                  setEdited(t);
                  clear();
                }}
                limit={managedLimit}
                tried={tried}
                refused={error}
                rows={22}
              />
              <Checkbox checked={asDefault} onChange={(e) => setDefault(e.detail.checked)} description="The default version is the one that counts for whom the policy is attached to.">
                Set this new version as the default
              </Checkbox>
              {full && (
                <FormField label="Version to delete" description={`A policy has at most ${mostVersions} versions. Saving deletes one of them for good.`}>
                  <Select selectedOption={drop ? { value: drop, label: drop } : null} options={others.map((v) => ({ value: v, label: v }))} onChange={(e) => setDropped(e.detail.selectedOption.value)} />
                </FormField>
              )}
            </SpaceBetween>
          </Container>
        </PageForm>
      )}
    </Page>
  );
}
