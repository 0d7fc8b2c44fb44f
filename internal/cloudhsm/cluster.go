package cloudhsm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// clusterKind is the kind of the records of clusters, by "ACCOUNT/REGION/CLUSTER". A record is
// due when there is something to do for it: at once, or when its next backup is.
const clusterKind = "cloudhsm-cluster"

// key is the name of a cluster's record.
func (c ClusterRef) key() string { return c.Account + "/" + c.Region + "/" + c.ID }

func (c ClusterRef) arn() string { return resourceARN(c.Account, c.Region, "cluster/"+c.ID) }

func resourceARN(account, region, resource string) string {
	return "arn:" + iam.Partition(region) + ":cloudhsm:" + region + ":" + account + ":" + resource
}

// cluster is a cluster as its record has it, or as the configuration declares it.
type cluster struct {
	ClusterRef `json:"-"`
	version    int64

	State     types.ClusterState `json:"state"`
	Message   string             `json:"message,omitempty"`
	Created   time.Time          `json:"created"`
	Deleted   time.Time          `json:"deleted,omitzero"`
	HSMType   string             `json:"hsmType"`
	Mode      types.ClusterMode  `json:"mode"`
	Network   types.NetworkType  `json:"network"`
	Retention int                `json:"retention"` // days that backups are kept
	Subnets   []subnet           `json:"subnets"`
	VPC       string             `json:"vpc"`
	Group     string             `json:"group"`            // the security group
	Source    string             `json:"source,omitempty"` // the backup that it was made of
	// SourceAccount owns that backup.
	SourceAccount string    `json:"sourceAccount,omitempty"`
	Tags          []iam.Tag `json:"tags,omitempty"`
	HSMs          []*unit   `json:"hsms,omitempty"`
	Identity      identity  `json:"identity"`
	Backup        time.Time `json:"backup,omitzero"` // when the next automatic backup is due
	Change        *change   `json:"change,omitempty"`

	declared *Declared // nil for clusters that CreateCluster made
}

// subnet is a subnet of a cluster. There is no EC2 here that knows of subnets: the first one
// of a cluster is in the first zone of the Region, and so on.
type subnet struct {
	Zone string `json:"zone"`
	ID   string `json:"id"`
}

// identity is what makes a cluster itself, and goes with its backups.
type identity struct {
	Key         []byte `json:"key,omitempty"`         // RSA, PKCS #8
	CSR         string `json:"csr,omitempty"`         // PEM
	Certificate string `json:"certificate,omitempty"` // PEM; signed by the owner's trust anchor
	Anchor      string `json:"anchor,omitempty"`      // PEM
	Officer     string `json:"officer,omitempty"`     // the officer's first password, until activation sets the owner's
}

// unit is an HSM of a cluster.
type unit struct {
	ID     string         `json:"id"`
	State  types.HsmState `json:"state"`
	Zone   string         `json:"zone"`
	Subnet string         `json:"subnet"`
	ENI    string         `json:"eni"`
	IP     string         `json:"ip"`
	// Behind says that it may lack keys or passwords that the others have, or have what was
	// removed: it does not serve until it was caught up.
	Behind bool `json:"behind,omitempty"`

	token string // of a declared cluster: label or serial number
}

func decodeCluster(r store.Record) (*cluster, error) {
	c := &cluster{version: r.Version}
	if err := json.Unmarshal(r.Body, c); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	c.ClusterRef = parseRef(r.Key)
	return c, nil
}

// parseRef reads the name of a record of a cluster or a backup.
func parseRef(key string) ClusterRef {
	c := ClusterRef{}
	for i, part := range slices.Collect(splitKey(key)) {
		switch i {
		case 0:
			c.Account = part
		case 1:
			c.Region = part
		case 2:
			c.ID = part
		}
	}
	return c
}

func (c *cluster) record() (store.Record, error) {
	body, err := json.Marshal(c)
	return store.Record{Kind: clusterKind, Key: c.key(), Due: c.due(), Version: c.version, Body: body}, err
}

// due is when the job has something to do: at once if something is in progress.
func (c *cluster) due() time.Time {
	switch {
	case c.State == types.ClusterStateDeleted:
		return c.Deleted.Add(deletedShown)
	case c.inProgress():
		return c.Created
	case c.backedUp():
		return c.Backup
	}
	return time.Time{}
}

// deletedShown is how long a deleted cluster is listed.
const deletedShown = time.Hour

// inProgress says whether the cluster or one of its HSMs is on its way to another state.
func (c *cluster) inProgress() bool {
	switch c.State {
	case types.ClusterStateCreateInProgress, types.ClusterStateInitializeInProgress, types.ClusterStateDeleteInProgress:
		return true
	}
	return c.Change != nil || slices.ContainsFunc(c.HSMs, func(u *unit) bool {
		return u.State == types.HsmStateCreateInProgress || u.State == types.HsmStateDeleteInProgress || u.Behind
	})
}

// backedUp says whether there is something worth a backup every day.
func (c *cluster) backedUp() bool {
	return c.initialized() && slices.ContainsFunc(c.HSMs, (*unit).serves)
}

// initialized says whether the cluster was claimed by its owner.
func (c *cluster) initialized() bool {
	return c.State == types.ClusterStateInitialized || c.State == types.ClusterStateActive
}

// serves says whether the HSM has everything that it must have.
func (u *unit) serves() bool { return u.State == types.HsmStateActive && !u.Behind }

// serving are the HSMs that serve.
func (c *cluster) serving() []*unit {
	return slices.DeleteFunc(slices.Clone(c.HSMs), func(u *unit) bool { return !u.serves() })
}

func (c *cluster) unit(id string) *unit {
	if i := slices.IndexFunc(c.HSMs, func(u *unit) bool { return u.ID == id }); i >= 0 {
		return c.HSMs[i]
	}
	return nil
}

// zones is in how many zones the HSMs are.
func zones(units []*unit) int {
	seen := map[string]bool{}
	for _, u := range units {
		seen[u.Zone] = true
	}
	return len(seen)
}

// history is the same for all clusters that have the same cluster certificate.
func (c *cluster) history() string {
	if c.declared != nil {
		return c.ID
	}
	sum := sha256.Sum256([]byte(c.Identity.Certificate))
	return hex.EncodeToString(sum[:])
}

// minimum is how many HSMs in different zones a new key must be on.
func (c *cluster) minimum() int {
	if c.declared != nil {
		return c.declared.MinimumHSMs
	}
	return 2
}

// getter reads a record: in a transaction, or what is committed.
type getter func(kind, key string) (store.Record, error)

func (s *Service) read(ctx context.Context) getter {
	return func(kind, key string) (store.Record, error) { return s.DB.Get(ctx, kind, key) }
}

// find returns a cluster, nil if there is none. It includes deleted ones.
func (s *Service) find(get getter, ref ClusterRef) (*cluster, error) {
	if c := s.declaredCluster(ref); c != nil {
		return c, nil
	}
	r, err := get(clusterKind, ref.key())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeCluster(r)
}

// change is what happens to a cluster's record in one transaction. The record is written when
// f returns nil.
func (s *Service) update(ctx context.Context, ref ClusterRef, f func(*store.Tx, *cluster) error) (*cluster, error) {
	var c *cluster
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Get(clusterKind, ref.key())
		if errors.Is(err, store.ErrNotFound) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if c, err = decodeCluster(r); err != nil {
			return err
		}
		if err := f(tx, c); err != nil {
			return err
		}
		return c.put(tx)
	})
	return c, err
}

func (c *cluster) put(tx *store.Tx) error {
	r, err := c.record()
	if err != nil {
		return err
	}
	c.version = tx.Revision()
	return tx.Put(r)
}

// shape is the cluster as the API shows it.
func (c *cluster) shape() types.Cluster {
	out := types.Cluster{
		BackupPolicy: types.BackupPolicyDefault, ClusterId: &c.ID, CreateTimestamp: &c.Created, HsmType: &c.HSMType, Mode: c.Mode,
		NetworkType: c.Network, SecurityGroup: &c.Group, State: c.State, SubnetMapping: map[string]string{}, VpcId: &c.VPC,
		BackupRetentionPolicy: &types.BackupRetentionPolicy{Type: types.BackupRetentionTypeDays, Value: new(fmt.Sprint(c.Retention))},
		Certificates:          &types.Certificates{}, Hsms: []types.Hsm{}, TagList: tagShapes(c.Tags),
	}
	if c.declared != nil {
		out.BackupRetentionPolicy = nil
	}
	if c.Message != "" {
		out.StateMessage = &c.Message
	}
	if c.Source != "" {
		out.SourceBackupId = &c.Source
	}
	for _, n := range c.Subnets {
		out.SubnetMapping[n.Zone] = n.ID
	}
	switch {
	case c.Identity.Certificate != "":
		out.Certificates.ClusterCertificate = &c.Identity.Certificate
	case c.State == types.ClusterStateUninitialized && c.Identity.CSR != "":
		out.Certificates.ClusterCsr = &c.Identity.CSR
	}
	for _, u := range c.HSMs {
		out.Hsms = append(out.Hsms, u.shape(c))
	}
	return out
}

func (u *unit) shape(c *cluster) types.Hsm {
	h := types.Hsm{
		HsmId: &u.ID, AvailabilityZone: &u.Zone, ClusterId: &c.ID, HsmType: &c.HSMType, State: u.State,
		SubnetId: &u.Subnet, EniId: &u.ENI, EniIp: &u.IP,
	}
	if u.State == types.HsmStateActive && u.Behind {
		h.State, h.StateMessage = types.HsmStateDegraded, new("The HSM is being brought up to date with the others of its cluster.")
	}
	return h
}

// now is the time as records have it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }
