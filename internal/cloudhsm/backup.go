package cloudhsm

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	"github.com/keystead/keystead/internal/store"
)

// backupKind is the kind of the records of backups, by "ACCOUNT/REGION/BACKUP". Ref is the
// name of the record of the cluster. A record is due when it is being made, when the backup
// expires, and when it is deleted for good.
const backupKind = "cloudhsm-backup"

func backupARN(ref ClusterRef) string { return resourceARN(ref.Account, ref.Region, "backup/"+ref.ID) }

// backup is a backup of a cluster: a copy of the files of one of its HSMs, and of what goes
// with them.
type backup struct {
	ClusterRef `json:"-"` // the backup itself
	version    int64

	State        types.BackupState `json:"state"`
	Cluster      string            `json:"cluster"`
	Created      time.Time         `json:"created"`
	Copied       time.Time         `json:"copied,omitzero"`
	Deleted      time.Time         `json:"deleted,omitzero"` // when it is deleted for good
	Retention    int               `json:"retention"`        // days
	NeverExpires bool              `json:"neverExpires"`
	Kept         time.Time         `json:"kept,omitzero"` // of the last one of its cluster: when its end is looked at again
	HSMType      string            `json:"hsmType"`
	Mode         types.ClusterMode `json:"mode"`
	Tags         []iam.Tag         `json:"tags,omitempty"`
	Policy       string            `json:"policy,omitempty"`
	PolicyIDs    map[string]string `json:"policyIds,omitempty"` // unique ids of its principals
	Identity     identity          `json:"identity"`
	Users        []user            `json:"users,omitempty"`

	// HSM is the one that is copied, while the state is CREATE_IN_PROGRESS.
	HSM string `json:"hsm,omitempty"`
	// Of a copy of another backup.
	SourceRegion  string `json:"sourceRegion,omitempty"`
	SourceBackup  string `json:"sourceBackup,omitempty"`
	SourceCluster string `json:"sourceCluster,omitempty"`
}

func decodeBackup(r store.Record) (*backup, error) {
	b := &backup{version: r.Version}
	if err := json.Unmarshal(r.Body, b); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	b.ClusterRef = parseRef(r.Key)
	return b, nil
}

func findBackup(get getter, ref ClusterRef) (*backup, error) {
	r, err := get(backupKind, ref.key())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeBackup(r)
}

// cluster names the cluster that was backed up.
func (b *backup) cluster() ClusterRef { return ClusterRef{b.Account, b.Region, b.Cluster} }

func (b *backup) record() (store.Record, error) {
	body, err := json.Marshal(b)
	return store.Record{Kind: backupKind, Key: b.key(), Ref: b.cluster().key() + "/", Due: b.due(), Version: b.version, Body: body}, err
}

func (b *backup) due() time.Time {
	switch b.State {
	case types.BackupStateCreateInProgress:
		return b.began()
	case types.BackupStatePendingDeletion, types.BackupStateDeleted:
		return b.Deleted
	}
	if b.NeverExpires {
		return time.Time{}
	}
	if end := b.Created.AddDate(0, 0, b.Retention); end.After(b.Kept) {
		return end
	}
	return b.Kept
}

// began is when the service began to make the backup.
func (b *backup) began() time.Time {
	if !b.Copied.IsZero() {
		return b.Copied
	}
	return b.Created
}

func (b *backup) put(tx *store.Tx) error {
	r, err := b.record()
	if err != nil {
		return err
	}
	b.version = tx.Revision()
	return tx.Put(r)
}

func (b *backup) insert(tx *store.Tx) error {
	r, err := b.record()
	if err != nil {
		return err
	}
	b.version = tx.Revision()
	return tx.Insert(r)
}

// policy is the resource policy of a backup; nil if it has none.
func (b *backup) policy() (*decision.Policy, error) {
	if b.Policy == "" {
		return nil, nil
	}
	doc, err := policy.Parse([]byte(b.Policy))
	if err != nil {
		return nil, err
	}
	doc.Bind(b.PolicyIDs)
	return &decision.Policy{Document: doc, Name: "the backup's resource policy"}, nil
}

// shape is the backup as the API shows it.
func (b *backup) shape() types.Backup {
	out := types.Backup{
		BackupId: &b.ID, BackupArn: new(backupARN(b.ClusterRef)), BackupState: b.State, ClusterId: &b.Cluster, CreateTimestamp: &b.Created,
		HsmType: &b.HSMType, Mode: b.Mode, NeverExpires: &b.NeverExpires, TagList: tagShapes(b.Tags),
	}
	if !b.Copied.IsZero() {
		out.CopyTimestamp, out.SourceBackup, out.SourceCluster, out.SourceRegion = &b.Copied, &b.SourceBackup, &b.SourceCluster, &b.SourceRegion
	}
	if b.State == types.BackupStatePendingDeletion {
		out.DeleteTimestamp = &b.Deleted
	}
	return out
}

// backupsOf are the backups of a cluster.
func backupsOf(scan func(string, store.Range) ([]store.Record, error), ref ClusterRef) ([]*backup, error) {
	records, err := scan(backupKind, store.Range{Prefix: ref.key() + "/"})
	if err != nil {
		return nil, err
	}
	all := make([]*backup, len(records))
	for i, r := range records {
		if all[i], err = decodeBackup(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// redate writes the backups of a cluster anew when it keeps them for another time.
func redate(tx *store.Tx, c *cluster) error {
	all, err := backupsOf(tx.ScanRef, c.ClusterRef)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Retention == c.Retention {
			continue
		}
		b.Retention = c.Retention
		if err := b.put(tx); err != nil {
			return err
		}
	}
	return nil
}
