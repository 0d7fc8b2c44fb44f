package cloudhsm

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DescribeBackups lists the backups of the account in the Region, or with Shared those of
// other accounts whose policy lets the caller see them. The newest come first unless the
// request says otherwise.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DescribeBackups.html
func (s *Service) DescribeBackups(ctx context.Context, c *iam.Caller, in *cloudhsmv2.DescribeBackupsInput) (*cloudhsmv2.DescribeBackupsOutput, error) {
	if err := authorize(c, "DescribeBackups", nil); err != nil {
		return nil, err
	}
	if err := checkFilters(in.Filters, "backupIds", "sourceBackupIds", "clusterIds", "states", "neverExpires"); err != nil {
		return nil, err
	}
	after, limit, err := page(in.NextToken, in.MaxResults, 50)
	if err != nil {
		return nil, err
	}
	all, err := s.listBackups(ctx, c, in.Shared != nil && *in.Shared)
	if err != nil {
		return nil, err
	}
	descending := in.SortAscending == nil || !*in.SortAscending
	slices.SortFunc(all, func(a, b *backup) int {
		order := cmp.Compare(a.place(), b.place())
		if descending {
			return -order
		}
		return order
	})
	out := &cloudhsmv2.DescribeBackupsOutput{Backups: []types.Backup{}}
	last := ""
	for _, b := range all {
		behind := b.place() > after
		if descending {
			behind = after == "" || b.place() < after
		}
		if !behind || !b.passes(in.Filters) {
			continue
		}
		if len(out.Backups) == limit {
			out.NextToken = token(last)
			break
		}
		last = b.place()
		out.Backups = append(out.Backups, b.shape())
	}
	return out, nil
}

// place sorts backups by their age.
func (b *backup) place() string {
	return strconv.FormatInt(b.Created.UnixMilli(), 10) + "/" + b.ID
}

func (b *backup) passes(filters map[string][]string) bool {
	return wanted(filters, "backupIds", b.ID) && wanted(filters, "sourceBackupIds", b.SourceBackup) && wanted(filters, "clusterIds", b.Cluster) &&
		wanted(filters, "states", string(b.State)) && wantedFold(filters, "neverExpires", strconv.FormatBool(b.NeverExpires))
}

func wantedFold(filters map[string][]string, name, value string) bool {
	return wanted(filters, name, value) || slices.ContainsFunc(filters[name], func(w string) bool { return strings.EqualFold(w, value) })
}

// listBackups are the backups that a caller may see: of its account, or of the others.
func (s *Service) listBackups(ctx context.Context, c *iam.Caller, shared bool) ([]*backup, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	prefix := c.Principal.Account + "/" + c.Region + "/"
	if shared {
		prefix = ""
	}
	records, err := s.DB.Scan(ctx, backupKind, store.Range{Prefix: prefix})
	if err != nil {
		return nil, err
	}
	var all []*backup
	for _, r := range records {
		b, err := decodeBackup(r)
		if err != nil {
			return nil, err
		}
		see := !shared
		if shared && b.Account != c.Principal.Account && b.Region == c.Region {
			if see, err = b.sharedWith(c); err != nil {
				return nil, err
			}
		}
		if see {
			all = append(all, b)
		}
	}
	return all, nil
}

// sharedWith says whether the policy of a backup lets the caller, of another account, see it.
func (b *backup) sharedWith(c *iam.Caller) (bool, error) {
	p, err := b.policy()
	if p == nil || err != nil {
		return false, err
	}
	result, err := c.Decide(&iam.Access{
		Action: "cloudhsm:DescribeBackups", ARN: backupARN(b.ClusterRef), Account: b.Account, Policy: p, Adds: true, Context: keys{}.of(b.Tags),
	})
	return result.Allowed, err
}

// BackupsOf lists the backups of a cluster that still exist, the oldest first.
func (s *Service) BackupsOf(ctx context.Context, ref ClusterRef) ([]types.Backup, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	all, err := backupsOf(func(kind string, r store.Range) ([]store.Record, error) { return s.DB.ScanRef(ctx, kind, r) }, ref)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *backup) int { return cmp.Compare(a.place(), b.place()) })
	out := make([]types.Backup, 0, len(all))
	for _, b := range all {
		out = append(out, b.shape())
	}
	return out, nil
}
