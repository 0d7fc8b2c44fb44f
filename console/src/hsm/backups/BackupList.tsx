// All backups of the account in this Region.
import { Page } from '../../ui/Page';
import { BackupTable } from './BackupTable';

export default function BackupList() {
  return (
    <Page title="Backups" description="A backup has the keys and users of a cluster at one time. Material of deleted keys stays in backups that are older.">
      <BackupTable />
    </Page>
  );
}
