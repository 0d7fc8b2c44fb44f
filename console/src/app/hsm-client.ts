// A client of the CloudHSM v2 API. The SDK's own for browsers can be had in an old version only,
// which would bring a second copy of everything that the newer clients share.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/Welcome.html
import { useMemo } from 'react';
import { noteCall } from './calls';
import { watch } from './client';
import { useRegion } from './region';
import { credentials, useSession } from './session';
import { post } from './signed';

export interface Hsm {
  HsmId: string;
  AvailabilityZone?: string;
  ClusterId?: string;
  SubnetId?: string;
  EniId?: string;
  EniIp?: string;
  State?: string;
  StateMessage?: string;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface Cluster {
  ClusterId: string;
  State?: string;
  StateMessage?: string;
  HsmType?: string;
  Mode?: string;
  BackupPolicy?: string;
  BackupRetentionPolicy?: { Type?: string; Value?: string };
  /** seconds since 1970 */
  CreateTimestamp?: number;
  SourceBackupId?: string;
  SecurityGroup?: string;
  VpcId?: string;
  SubnetMapping?: Record<string, string>;
  Certificates?: { ClusterCsr?: string; HsmCertificate?: string; ClusterCertificate?: string };
  Hsms?: Hsm[];
  TagList?: Tag[];
}

export interface Backup {
  BackupId: string;
  BackupArn?: string;
  BackupState?: string;
  ClusterId?: string;
  /** seconds since 1970 */
  CreateTimestamp?: number;
  DeleteTimestamp?: number;
  CopyTimestamp?: number;
  NeverExpires?: boolean;
  SourceBackup?: string;
  SourceCluster?: string;
  SourceRegion?: string;
  HsmType?: string;
  Mode?: string;
  TagList?: Tag[];
}

export class HsmClient {
  constructor(
    private readonly region: string,
    private readonly generation: number,
  ) {}

  /** call calls an operation of the API; errors have the code of the service as their name. */
  async call<T>(operation: string, input: Record<string, unknown> = {}): Promise<T & { $metadata: { requestId?: string } }> {
    const noted = { service: 'CloudHSMV2', operation, input, region: this.region, at: new Date() };
    try {
      const keys = await credentials(this.generation);
      const { answer, requestId } = await post(
        '/',
        input,
        { service: 'cloudhsm', region: this.region, keys },
        { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `BaldrApiService.${operation}` },
      );
      noteCall({ ...noted, requestId });
      return { ...(answer as T), $metadata: { requestId } };
    } catch (error) {
      noteCall({ ...noted, error: (error as Error).name });
      watch(error, this.generation);
      throw error;
    }
  }
}

export function useHsmClient(): HsmClient {
  const region = useRegion();
  const { generation } = useSession();
  return useMemo(() => new HsmClient(region, generation), [region, generation]);
}
