import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdersOf, readDeleted } from './deleted.ts';

const arn = 'arn:aws:kms:us-east-1:111122223333:key/1234';
const record = (status: string) =>
  JSON.stringify({
    eventID: 'e1',
    eventName: 'DeleteKey',
    eventTime: '2026-11-26T12:00:00Z',
    responseElements: { keyId: arn },
    additionalEventData: {
      customKeyStoreId: 'cks-1',
      clusterId: 'cluster-a',
      backingKeys: '[{"backingKeyId":"b1"}]',
      backingKeysDeletionStatus: JSON.stringify([{ backingKeyId: 'b1', deletionStatus: status }]),
    },
  });
const at = (time: string) => Date.parse(`2026-11-${time}Z`) / 1000;

test('a record says what became of the material', () => {
  const key = readDeleted(record('FAILURE'))!;
  assert.deepEqual([key.keyArn, key.keyId, key.cluster, key.store, key.backingKeyIds, key.status], [arn, '1234', 'cluster-a', 'cks-1', ['b1'], 'FAILURE']);
  assert.equal(readDeleted(record('SUCCESS'))!.status, 'SUCCESS');
});

test('keys that were not in HSMs, and what is no record, are left out', () => {
  for (const r of ['{', '[]', JSON.stringify({ eventName: 'DeleteKey' }), record('SUCCESS').replace('DeleteKey', 'CreateKey'), JSON.stringify({ eventName: 'DeleteKey', additionalEventData: { backingKeysDeletionStatus: '{' } })])
    assert.equal(readDeleted(r), undefined, r);
});

const backups = [
  { BackupId: 'early', ClusterId: 'cluster-a', CreateTimestamp: at('01T00:00:00') },
  { BackupId: 'within', ClusterId: 'cluster-a', CreateTimestamp: at('20T00:00:00') },
  { BackupId: 'late', ClusterId: 'cluster-a', CreateTimestamp: at('27T00:00:00') },
  { BackupId: 'other', ClusterId: 'cluster-b', CreateTimestamp: at('20T00:00:00') },
  { BackupId: 'copy', ClusterId: 'cluster-a', SourceBackup: 'within', CreateTimestamp: at('20T00:00:00') },
  { BackupId: 'of-restored', ClusterId: 'cluster-r', CreateTimestamp: at('28T00:00:00') },
];
const clusters = [{ ClusterId: 'cluster-a' }, { ClusterId: 'cluster-b' }, { ClusterId: 'cluster-r', SourceBackupId: 'copy' }];
const created = new Date('2026-11-10T00:00:00Z');
const names = (status: string, from: Date | undefined) => holdersOf(readDeleted(record(status))!, from, backups, clusters).backups.map((h) => h.backup.BackupId);

test('backups between creation and deletion, their copies, and what was made of them', () => {
  assert.deepEqual(names('SUCCESS', created), ['within', 'copy', 'of-restored']);
  assert.deepEqual(holdersOf(readDeleted(record('SUCCESS'))!, created, backups, clusters).clusters.map((c) => [c.cluster.ClusterId, c.from]), [['cluster-r', 'copy']]);
});

test('orphaned material is in later backups too, and without a creation time in all before', () => {
  assert.deepEqual(names('FAILURE', created), ['within', 'late', 'copy', 'of-restored']);
  assert.deepEqual(names('SUCCESS', undefined), ['early', 'within', 'copy', 'of-restored']);
});

test('backups that are deleted for good hold nothing', () => {
  const gone = backups.map((b) => (b.BackupId === 'within' ? { ...b, BackupState: 'DELETED' } : b));
  assert.deepEqual(holdersOf(readDeleted(record('SUCCESS'))!, created, gone, clusters).backups.map((h) => h.backup.BackupId), ['copy', 'of-restored']);
});
