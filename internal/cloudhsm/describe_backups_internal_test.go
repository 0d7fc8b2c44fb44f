package cloudhsm

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// TestDescribeBackups sorts, filters and pages backups that are records alone.
func TestDescribeBackups(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		s := New(Options{DB: db, Clock: clock.At(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler), Dir: t.TempDir()})
		t.Cleanup(func() { _ = s.Close() })
		const account, region = "111122223333", "us-east-1"
		var oldestFirst []string
		insert := func(change func(*backup)) string {
			t.Helper()
			b := &backup{
				ClusterRef: ClusterRef{account, region, newID("backup-")}, State: types.BackupStateReady, Cluster: "cluster-22222222222",
				Created: s.now().Add(time.Duration(len(oldestFirst)) * time.Hour), Retention: 90,
			}
			change(b)
			if err := db.Update(t.Context(), b.insert); err != nil {
				t.Fatal(err)
			}
			return b.ID
		}
		for range 3 {
			oldestFirst = append(oldestFirst, insert(func(*backup) {}))
		}
		oldestFirst = append(oldestFirst, insert(func(b *backup) { b.NeverExpires = true }))
		oldestFirst = append(oldestFirst, insert(func(b *backup) { b.Cluster, b.State = "cluster-33333333333", types.BackupStatePendingDeletion }))
		oldestFirst = append(oldestFirst, insert(func(b *backup) {
			b.Copied, b.SourceBackup, b.SourceRegion, b.SourceCluster = b.Created, "backup-44444444444", "eu-west-1", "cluster-44444444444"
		}))
		insert(func(b *backup) { b.Account = "444455556666" })
		insert(func(b *backup) { b.Region = "eu-west-1" })
		caller := func() *iam.Caller {
			return &iam.Caller{
				Principal: iam.Principal{Type: iam.TypeRoot, ARN: "arn:aws:iam::" + account + ":root", Account: account}, Region: region, Event: new(cloudtrail.Event),
			}
		}
		list := func(in cloudhsmv2.DescribeBackupsInput) (got []string) {
			t.Helper()
			for {
				out, err := s.DescribeBackups(t.Context(), caller(), &in)
				if err != nil || in.MaxResults != nil && len(out.Backups) > int(*in.MaxResults) {
					t.Fatalf("DescribeBackups: %d backups, %v", len(out.Backups), err)
				}
				for _, b := range out.Backups {
					got = append(got, *b.BackupId)
				}
				if in.NextToken = out.NextToken; in.NextToken == nil {
					return got
				}
			}
		}
		newestFirst := slices.Clone(oldestFirst)
		slices.Reverse(newestFirst)
		two := new(int32(2))
		filter := func(name string, values ...string) cloudhsmv2.DescribeBackupsInput {
			return cloudhsmv2.DescribeBackupsInput{Filters: map[string][]string{name: values}, SortAscending: new(true)}
		}
		for name, c := range map[string]struct {
			in   cloudhsmv2.DescribeBackupsInput
			want []string
		}{
			"all":                   {cloudhsmv2.DescribeBackupsInput{}, newestFirst},
			"descending":            {cloudhsmv2.DescribeBackupsInput{SortAscending: new(false), MaxResults: two}, newestFirst},
			"ascending":             {cloudhsmv2.DescribeBackupsInput{SortAscending: new(true)}, oldestFirst},
			"pages":                 {cloudhsmv2.DescribeBackupsInput{MaxResults: two}, newestFirst},
			"pages, ascending":      {cloudhsmv2.DescribeBackupsInput{MaxResults: two, SortAscending: new(true)}, oldestFirst},
			"backupIds":             {filter("backupIds", oldestFirst[1], oldestFirst[2], "backup-22222222222"), oldestFirst[1:3]},
			"sourceBackupIds":       {filter("sourceBackupIds", "backup-44444444444"), oldestFirst[5:]},
			"clusterIds":            {filter("clusterIds", "cluster-33333333333"), oldestFirst[4:5]},
			"states":                {filter("states", "PENDING_DELETION", "CREATE_IN_PROGRESS"), oldestFirst[4:5]},
			"neverExpires":          {filter("neverExpires", "True"), oldestFirst[3:4]},
			"a filter of no values": {filter("states"), nil},
		} {
			if got := list(c.in); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	})
}
