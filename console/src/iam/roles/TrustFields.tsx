// Who may assume a role.
import { GetOpenIDConnectProviderCommand, IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useIdentity } from '../../app/session';
import { trustLimit } from '../lists';
import { PolicyEditor } from '../PolicyEditor';
import { customTrust, services, trustErrors, trustText, type Trust, type TrustKind } from './trust';

interface Props {
  trust: Trust;
  onChange: (trust: Trust) => void;
  tried: boolean;
  refused?: unknown;
}

export function TrustFields({ trust: t, onChange, tried, refused }: Props) {
  const { account } = useIdentity();
  const errors = trustErrors(t);
  const set = (part: Partial<Trust>) => onChange({ ...t, ...part });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Select trusted entity</Header>}>
        <FormField label="Trusted entity type" stretch>
          <Tiles
            value={t.kind}
            columns={2}
            onChange={(e) => {
              const kind = e.detail.value as TrustKind;
              set({ kind, custom: kind === 'custom' && !t.custom ? customTrust : t.custom });
            }}
            items={[
              { value: 'account', label: 'AWS account', description: 'Allow entities in this or another account to perform actions in this account.' },
              { value: 'service', label: 'AWS service', description: 'Allow a service to perform actions in this account.' },
              { value: 'web', label: 'Web identity', description: 'Allow users federated by an external web identity provider to assume this role.' },
              { value: 'custom', label: 'Custom trust policy', description: 'Create a custom trust policy to enable others to perform actions in this account.' },
            ]}
          />
        </FormField>
      </Container>
      {t.kind === 'account' && (
        <Container header={<Header variant="h2">An AWS account</Header>}>
          <SpaceBetween size="m">
            <FormField label="Account">
              <RadioGroup
                value={t.other ? 'other' : 'this'}
                onChange={(e) => set({ other: e.detail.value === 'other' })}
                items={[
                  { value: 'this', label: `This account (${account})` },
                  { value: 'other', label: 'Another AWS account' },
                ]}
              />
            </FormField>
            {t.other && (
              <FormField label="Account ID" constraintText="12 digits" errorText={tried || t.account.length >= 12 ? errors.account : undefined}>
                <Input value={t.account} onChange={(e) => set({ account: e.detail.value.trim() })} autoComplete={false} />
              </FormField>
            )}
            <FormField label="External ID - optional" description="Who assumes the role must say it. Use it when a third party will assume the role." errorText={errors.externalId}>
              <Input value={t.externalId} onChange={(e) => set({ externalId: e.detail.value })} autoComplete={false} />
            </FormField>
          </SpaceBetween>
        </Container>
      )}
      {t.kind === 'service' && (
        <Container header={<Header variant="h2">Use case</Header>}>
          <FormField label="Service" errorText={tried ? errors.service : undefined}>
            <Autosuggest
              value={t.service}
              onChange={(e) => set({ service: e.detail.value.trim() })}
              options={services}
              placeholder="Choose a service, or enter its name"
              enteredTextLabel={(v) => `Use “${v}”`}
              ariaLabel="Service"
              empty="No service of this name is known"
            />
          </FormField>
        </Container>
      )}
      {t.kind === 'web' && <WebIdentity trust={t} set={set} tried={tried} />}
      {t.kind === 'custom' && (
        <Container header={<Header variant="h2">Custom trust policy</Header>}>
          <PolicyEditor label="Trust policy" kind="trust" limit={trustLimit} text={t.custom} onChange={(custom) => set({ custom })} tried={tried} refused={refused} />
        </Container>
      )}
    </SpaceBetween>
  );
}

function WebIdentity({ trust: t, set, tried }: { trust: Trust; set: (part: Partial<Trust>) => void; tried: boolean }) {
  const iam = useClient(IAMClient);
  const errors = trustErrors(t);
  const providers = useLoad(async (abortSignal) => ((await iam.send(new ListOpenIDConnectProvidersCommand({}), { abortSignal })).OpenIDConnectProviderList ?? []).map((p) => p.Arn!), [iam]);
  const audiences = useLoad(
    t.provider ? async (abortSignal) => (await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: t.provider }), { abortSignal })).ClientIDList ?? [] : undefined,
    [iam, t.provider],
  );
  const nameOf = (arn: string) => arn.slice(arn.indexOf('oidc-provider/') + 'oidc-provider/'.length);
  return (
    <Container header={<Header variant="h2">Web identity</Header>}>
      <SpaceBetween size="m">
        <FormField label="Identity provider" errorText={(tried ? errors.provider : undefined) ?? providers.error?.message}>
          <Select
            selectedOption={t.provider ? { value: t.provider, label: nameOf(t.provider) } : null}
            options={providers.data?.map((p) => ({ value: p, label: nameOf(p) }))}
            statusType={providers.loading ? 'loading' : 'finished'}
            placeholder="Choose an identity provider"
            empty="No identity providers. Create one first."
            onChange={(e) => set({ provider: e.detail.selectedOption.value!, audience: '' })}
          />
        </FormField>
        <FormField label="Audience" errorText={(tried ? errors.audience : undefined) ?? audiences.error?.message}>
          <Select
            disabled={!t.provider}
            selectedOption={t.audience ? { value: t.audience, label: t.audience } : null}
            options={audiences.data?.map((a) => ({ value: a, label: a }))}
            statusType={audiences.loading ? 'loading' : 'finished'}
            placeholder="Choose an audience"
            empty="The provider has no audiences."
            onChange={(e) => set({ audience: e.detail.selectedOption.value! })}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

/** trustReady says whether a form describes a trust policy. */
export const trustReady = (t: Trust, own: string) => Object.values(trustErrors(t)).every((e) => !e) && trustText(t, own).trim() !== '';
