// The form that makes a private endpoint.
import { CreateVpcEndpointCommand, DescribeVpcEndpointServicesCommand, EC2Client } from '@aws-sdk/client-ec2';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useAction, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { jsonError, JsonEditor } from '../ui/JsonEditor';
import { Page } from '../ui/Page';
import { TagFields, tagsValid, type Tag } from '../ui/Tags';
import { PageForm } from '../ui/PageForm';
import { anyone, limit, serviceOf } from './describe';

export function CreateEndpoint() {
  const ec2 = useClient(EC2Client);
  const go = useGo();
  const { busy, error, run } = useAction();
  const services = useLoad(async (abortSignal) => (await ec2.send(new DescribeVpcEndpointServicesCommand({}), { abortSignal })).ServiceNames ?? [], [ec2]);
  const [name, setName] = useState('');
  const [service, setService] = useState('');
  const [vpc, setVpc] = useState('');
  const [dns, setDns] = useState(true);
  const [custom, setCustom] = useState(false);
  const [policy, setPolicy] = useState(anyone);
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const vpcError = /^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/.test(vpc) ? undefined : 'A VPC ID is vpc- and 8 or 17 hexadecimal digits.';
  const nameError = name.length > 256 ? 'A tag value has at most 256 characters.' : undefined;
  const all = [...(name ? [{ key: 'Name', value: name }] : []), ...tags];
  const submit = async () => {
    setTried(true);
    if (!service || vpcError || nameError || !tagsValid(all, true) || (custom && jsonError(policy))) return;
    let id = '';
    const ok = await run(async () => {
      const made = await ec2.send(
        new CreateVpcEndpointCommand({
          VpcEndpointType: 'Interface',
          ServiceName: service,
          VpcId: vpc,
          PrivateDnsEnabled: dns,
          PolicyDocument: custom ? policy : undefined,
          TagSpecifications: all.length > 0 ? [{ ResourceType: 'vpc-endpoint', Tags: all.map((t) => ({ Key: t.key, Value: t.value })) }] : undefined,
        }),
      );
      id = made.VpcEndpoint!.VpcEndpointId!;
      done(`Endpoint ${id} was created.`, made);
    });
    if (ok) go(`/vpc/endpoints/${id}`);
  };
  return (
    <Page title="Create endpoint" above={[{ text: 'Endpoints', path: '/vpc/endpoints' }]}>
      <PageForm submit="Create endpoint" busy={busy} error={error} onSubmit={submit} onCancel={() => go('/vpc/endpoints')}>
        <Container header={<Header variant="h2">Endpoint settings</Header>}>
          <SpaceBetween size="m">
            <FormField label="Name tag - optional" errorText={nameError}>
              <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
            </FormField>
            <FormField label="Service" errorText={tried && !service ? 'Choose a service.' : services.error?.message}>
              <Select
                selectedOption={service ? { value: service, label: serviceOf(service), description: service } : null}
                options={services.data?.map((s) => ({ value: s, label: serviceOf(s), description: s }))}
                statusType={services.loading ? 'loading' : 'finished'}
                placeholder="Choose a service"
                filteringType="auto"
                onChange={(e) => setService(e.detail.selectedOption.value!)}
              />
            </FormField>
            <FormField
              label="VPC"
              description="The name of the network. It belongs to the account that first makes an endpoint in it, or to the one in the server’s configuration, which also has the addresses."
              constraintText="vpc- and 8 or 17 hexadecimal digits"
              errorText={tried || vpc.length > 4 ? vpcError : undefined}
            >
              <Input value={vpc} onChange={(e) => setVpc(e.detail.value)} autoComplete={false} placeholder="vpc-0123456789abcdef0" />
            </FormField>
            <Checkbox checked={dns} onChange={(e) => setDns(e.detail.checked)} description="Clients in the network use the service’s own name.">
              Enable private DNS name
            </Checkbox>
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Policy</Header>}>
          <SpaceBetween size="m">
            <RadioGroup
              ariaLabel="Policy"
              value={custom ? 'custom' : 'full'}
              onChange={(e) => setCustom(e.detail.value === 'custom')}
              items={[
                { value: 'full', label: 'Full access', description: 'Whatever other policies allow may be done through the endpoint.' },
                { value: 'custom', label: 'Custom', description: 'Calls through the endpoint must be allowed by this policy too.' },
              ]}
            />
            {custom && <JsonEditor label="Endpoint policy" value={policy} onChange={setPolicy} limit={limit} rows={14} />}
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Tags - optional</Header>}>
          <TagFields tags={tags} onChange={setTags} tried={tried} limit={49} any />
        </Container>
      </PageForm>
    </Page>
  );
}
