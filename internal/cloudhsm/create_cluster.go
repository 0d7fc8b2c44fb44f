package cloudhsm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// What a cluster may be.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/userguide/limits.html
const (
	maxClusters   = 4 // of an account in a Region
	maxHSMs       = 28
	retentionDays = 90 // of backups, unless the request says
)

// hsmTypes are the types of HSMs, with the modes that a cluster of each may have.
var hsmTypes = map[string][]types.ClusterMode{
	"hsm1.medium":  {types.ClusterModeFips},
	"hsm2m.medium": {types.ClusterModeFips, types.ClusterModeNonFips},
}

// CreateCluster makes a cluster without HSMs, of its own or of what is in a backup.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_CreateCluster.html
func (s *Service) CreateCluster(ctx context.Context, c *iam.Caller, in *cloudhsmv2.CreateClusterInput) (*cloudhsmv2.CreateClusterOutput, error) {
	made, err := s.newCluster(c, in)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		from, err := s.admitCreate(tx.Get, c, made, in.SourceBackupId)
		if err != nil {
			return err
		}
		if from != nil {
			if err := made.restore(from); err != nil {
				return err
			}
		}
		return s.insertCluster(tx, made)
	})
	if err != nil {
		return nil, err
	}
	s.wake()
	return &cloudhsmv2.CreateClusterOutput{Cluster: new(made.shape())}, nil
}

// newCluster makes what the request asks for, without a backup.
func (s *Service) newCluster(c *iam.Caller, in *cloudhsmv2.CreateClusterInput) (*cluster, error) {
	tags, err := newTags(in.TagList)
	if err != nil {
		return nil, err
	}
	days, err := retention(in.BackupRetentionPolicy)
	if err != nil {
		return nil, err
	}
	modes, ok := hsmTypes[*in.HsmType]
	if !ok {
		return nil, invalid("The HSM type %s is not valid. The allowed values are hsm1.medium and hsm2m.medium.", *in.HsmType)
	}
	if in.Mode == "" {
		in.Mode = types.ClusterModeFips
	}
	if !slices.Contains(modes, in.Mode) {
		return nil, invalid("The mode %s is not valid for the HSM type %s.", in.Mode, *in.HsmType)
	}
	if in.NetworkType == "" {
		in.NetworkType = types.NetworkTypeIpv4
	}
	made := &cluster{
		ClusterRef: ClusterRef{c.Principal.Account, c.Region, newID("cluster-")},
		State:      types.ClusterStateCreateInProgress, Created: s.now(), HSMType: *in.HsmType, Mode: in.Mode, Network: in.NetworkType,
		Retention: days, VPC: vpcOf(c.Principal.Account, c.Region), Group: newEC2ID("sg-"), Tags: tags,
	}
	for i, id := range in.SubnetIds {
		if slices.Contains(in.SubnetIds[:i], id) {
			return nil, invalid("The subnet %s is there more than once: specify one subnet for each Availability Zone.", id)
		}
		made.Subnets = append(made.Subnets, subnet{zone(c.Region, i), id})
	}
	return made, nil
}

// vpcOf is the one VPC that clusters of an account and Region are in.
func vpcOf(account, region string) string {
	sum := sha256.Sum256([]byte("vpc/" + account + "/" + region))
	return "vpc-" + hex.EncodeToString(sum[:])[:17]
}

// zone is the name of a zone by its number.
func zone(region string, i int) string { return region + string(rune('a'+i)) }

// retention reads how many days backups are kept.
func retention(p *types.BackupRetentionPolicy) (int, error) {
	if p == nil {
		return retentionDays, nil
	}
	if p.Type != types.BackupRetentionTypeDays || p.Value == nil {
		return 0, invalid("The backup retention policy needs the type DAYS and a value.")
	}
	n, err := strconv.Atoi(*p.Value)
	if err != nil || n < 7 || n > 379 {
		return 0, invalid("The value of the backup retention policy must be between 7 and 379 days.")
	}
	return n, nil
}

// admitCreate decides about the new cluster, its tags, and the backup that it is made of.
func (s *Service) admitCreate(get getter, c *iam.Caller, made *cluster, source *string) (*backup, error) {
	k := keys{}.requested(made.Tags)
	if err := authorize(c, "CreateCluster", k); err != nil {
		return nil, err
	}
	if len(made.Tags) > 0 {
		err := c.Authorize(&iam.Access{Action: "cloudhsm:TagResource", ARN: made.arn(), Account: made.Account, Context: k})
		if err != nil {
			return nil, err
		}
	}
	if source == nil {
		return nil, nil
	}
	return s.admitSource(get, c, *source, k)
}

// admitSource finds the backup that a cluster is to be made of: of the caller's account by its
// id or ARN, of another by its ARN if its owner's policy allows that.
func (s *Service) admitSource(get getter, c *iam.Caller, source string, k keys) (*backup, error) {
	ref := ClusterRef{c.Principal.Account, c.Region, source}
	if strings.HasPrefix(source, "arn:") {
		parts := strings.SplitN(source, ":", 6)
		ref = ClusterRef{parts[4], parts[3], strings.TrimPrefix(parts[5], "backup/")}
		if ref.Region != c.Region || parts[1] != iam.Partition(c.Region) {
			return nil, invalid("The backup %s is not in the Region %s.", source, c.Region)
		}
	}
	found, err := findBackup(get, ref)
	if err != nil {
		return nil, err
	}
	a := &iam.Access{Action: "cloudhsm:CreateCluster", ARN: backupARN(ref), Account: ref.Account, Missing: found == nil, Adds: true, Context: k}
	if found != nil {
		k.of(found.Tags)
		if a.Policy, err = found.policy(); err != nil {
			return nil, err
		}
	}
	if err := c.Authorize(a); err != nil {
		return nil, err
	}
	switch {
	case found == nil:
		return nil, noBackup(source)
	case found.State != types.BackupStateReady:
		return nil, invalid("Backup %s is in the state %s. It must be READY.", found.ID, found.State)
	}
	if c.Event != nil && ref.Account != c.Principal.Account {
		c.Event.SharedWith = ref.Account
	}
	return found, nil
}

// restore makes the new cluster one of the backup's history.
func (c *cluster) restore(b *backup) error {
	if c.HSMType != b.HSMType || c.Mode != b.Mode {
		return invalid("The backup %s is of a cluster with the HSM type %s and the mode %s.", b.ID, b.HSMType, b.Mode)
	}
	c.Source, c.SourceAccount, c.Identity = b.ID, b.Account, b.Identity
	return nil
}

// insertCluster adds the record of a cluster.
func (s *Service) insertCluster(tx *store.Tx, c *cluster) error {
	all, err := tx.Scan(clusterKind, store.Range{Prefix: c.Account + "/" + c.Region + "/"})
	if err != nil {
		return err
	}
	alive := 0
	for _, r := range all {
		if other, err := decodeCluster(r); err != nil {
			return err
		} else if other.State != types.ClusterStateDeleted {
			alive++
		}
	}
	if alive >= maxClusters {
		return invalid("The account has %d clusters in the Region %s, and can't have more.", maxClusters, c.Region)
	}
	r, err := c.record()
	if err != nil {
		return err
	}
	return tx.Insert(r)
}
