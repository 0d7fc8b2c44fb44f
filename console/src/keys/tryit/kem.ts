// Encapsulate and Decapsulate, which the AWS SDK for JavaScript does not have yet.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html
import { useMemo } from 'react';
import { fromBase64, toBase64 } from '../../app/bytes';
import { noteCall } from '../../app/calls';
import { watch } from '../../app/client';
import { useRegion } from '../../app/region';
import { credentials, useSession } from '../../app/session';
import { post } from '../../app/signed';

interface Answer {
  SharedSecret: string;
  SharedSecretCiphertextBlob?: string;
}

async function call(operation: 'Encapsulate' | 'Decapsulate', input: Record<string, unknown>, region: string, generation: number): Promise<Answer> {
  const noted = { service: 'KMS', operation, input, region, at: new Date() };
  try {
    const keys = await credentials(generation);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` };
    const { answer, requestId } = await post('/', input, { service: 'kms', region, keys }, headers);
    noteCall({ ...noted, requestId });
    return answer as Answer;
  } catch (error) {
    noteCall({ ...noted, error: (error as Error).name });
    watch(error, generation);
    throw error;
  }
}

/** useKem returns the two operations for a key. */
export function useKem(keyId: string) {
  const region = useRegion();
  const { generation } = useSession();
  return useMemo(() => {
    const common = { KeyId: keyId, EncapsulationAlgorithm: 'ML_KEM' };
    return {
      async encapsulate() {
        const answer = await call('Encapsulate', common, region, generation);
        return { secret: fromBase64(answer.SharedSecret)!, ciphertext: fromBase64(answer.SharedSecretCiphertextBlob!)! };
      },
      async decapsulate(ciphertext: Uint8Array) {
        const answer = await call('Decapsulate', { ...common, SharedSecretCiphertextBlob: toBase64(ciphertext) }, region, generation);
        return fromBase64(answer.SharedSecret)!;
      },
    };
  }, [keyId, region, generation]);
}
