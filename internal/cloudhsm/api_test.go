package cloudhsm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/keysteadtest"
)

// expect checks the code of an error, and a part of its message.
func expect(t *testing.T, what string, err error, wantCode, part string) {
	t.Helper()
	if code(err) != wantCode || err != nil && !strings.Contains(err.Error(), part) {
		t.Errorf("%s: %v, want %s with %q", what, err, wantCode, part)
	}
}

const invalid = "CloudHsmInvalidRequestException"

// newCluster makes a cluster without HSMs.
func newCluster(t *testing.T, api *cloudhsmv2.Client, tags ...types.Tag) string {
	t.Helper()
	out, err := api.CreateCluster(t.Context(), &cloudhsmv2.CreateClusterInput{
		HsmType: new("hsm1.medium"), SubnetIds: []string{"subnet-00000001", "subnet-00000002"}, TagList: tags,
	})
	if err != nil {
		t.Fatalf("CreateCluster: %v", err)
	}
	return *out.Cluster.ClusterId
}

func TestCreateClusterRefusals(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		api := cloudhsmv2.NewFromConfig(srv.Config())
		for name, c := range map[string]struct {
			change     func(*cloudhsmv2.CreateClusterInput)
			code, part string
		}{
			"a type":    {func(in *cloudhsmv2.CreateClusterInput) { in.HsmType = new("hsm9.large") }, invalid, "hsm9.large"},
			"a mode":    {func(in *cloudhsmv2.CreateClusterInput) { in.Mode = types.ClusterModeNonFips }, invalid, "NON_FIPS"},
			"two equal": {func(in *cloudhsmv2.CreateClusterInput) { in.SubnetIds = append(in.SubnetIds, in.SubnetIds[0]) }, invalid, "more than once"},
			"too short": {func(in *cloudhsmv2.CreateClusterInput) { in.BackupRetentionPolicy = days("6") }, invalid, "between 7 and 379"},
			"too long":  {func(in *cloudhsmv2.CreateClusterInput) { in.BackupRetentionPolicy = days("380") }, invalid, "between 7 and 379"},
			"no backup": {func(in *cloudhsmv2.CreateClusterInput) { in.SourceBackupId = new("backup-22222222222") }, "CloudHsmResourceNotFoundException", "backup-22222222222"},
			"a foreign Region": {func(in *cloudhsmv2.CreateClusterInput) {
				in.SourceBackupId = new("arn:aws:cloudhsm:eu-west-1:000000000000:backup/backup-22222222222")
			}, invalid, "Region"},
			"aws:": {func(in *cloudhsmv2.CreateClusterInput) { in.TagList = []types.Tag{{Key: new("aws:x"), Value: new("")}} }, "CloudHsmTagException", "aws:"},
			"a tag twice": {func(in *cloudhsmv2.CreateClusterInput) {
				in.TagList = []types.Tag{{Key: new("x"), Value: new("")}, {Key: new("x"), Value: new("")}}
			}, "CloudHsmTagException", "more than once"},
			"a subnet": {func(in *cloudhsmv2.CreateClusterInput) { in.SubnetIds = []string{"net"} }, "ValidationException", "subnetIds"},
		} {
			in := &cloudhsmv2.CreateClusterInput{HsmType: new("hsm1.medium"), SubnetIds: []string{"subnet-00000001"}}
			c.change(in)
			_, err := api.CreateCluster(t.Context(), in)
			expect(t, name, err, c.code, c.part)
		}
		for range 4 {
			newCluster(t, api)
		}
		_, err := api.CreateCluster(t.Context(), &cloudhsmv2.CreateClusterInput{HsmType: new("hsm1.medium"), SubnetIds: []string{"subnet-00000001"}})
		expect(t, "a fifth", err, invalid, "4 clusters")
	})
}

func days(n string) *types.BackupRetentionPolicy {
	return &types.BackupRetentionPolicy{Type: types.BackupRetentionTypeDays, Value: &n}
}

// TestUninitialized has what a cluster refuses before it was claimed, and certificates that do
// not claim it.
func TestUninitialized(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		ctx := t.Context()
		api := cloudhsmv2.NewFromConfig(srv.Config())
		id := newCluster(t, api)
		srv.Advance(time.Second)
		hsm := func(zone string) error {
			_, err := api.CreateHsm(ctx, &cloudhsmv2.CreateHsmInput{ClusterId: &id, AvailabilityZone: &zone})
			return err
		}
		claim := func(cert, anchor string) error {
			_, err := api.InitializeCluster(ctx, &cloudhsmv2.InitializeClusterInput{ClusterId: &id, SignedCert: &cert, TrustAnchor: &anchor})
			return err
		}
		describe := func() types.Cluster {
			out, err := api.DescribeClusters(ctx, &cloudhsmv2.DescribeClustersInput{})
			if err != nil || len(out.Clusters) != 1 {
				t.Fatalf("DescribeClusters: %+v, %v", out, err)
			}
			return out.Clusters[0]
		}
		expect(t, "claimed without an HSM", claim("x", "y"), invalid, "")
		expect(t, "a zone", hsm("us-east-1c"), invalid, "us-east-1c")
		expect(t, "the first HSM", hsm("us-east-1a"), "", "")
		expect(t, "a second HSM", hsm("us-east-1b"), invalid, "Initialize it")
		for range 20 {
			if c := describe(); len(c.Hsms) == 1 && c.Hsms[0].State == types.HsmStateActive {
				break
			}
			srv.Advance(time.Second)
		}
		csr := *describe().Certificates.ClusterCsr
		cert, anchor := cloudhsmtest.Sign(t, csr)
		_, otherAnchor := cloudhsmtest.Sign(t, csr)
		expect(t, "no PEM", claim("x", anchor), invalid, "SignedCert is not one certificate")
		expect(t, "the anchor as certificate", claim(anchor, anchor), invalid, "not a certificate for the cluster's")
		expect(t, "another anchor", claim(cert, otherAnchor), invalid, "was not signed by TrustAnchor")
		expect(t, "a leaf as anchor", claim(cert, cert), invalid, "not a self-signed certificate")
		expect(t, "two certificates", claim(cert+anchor, anchor), invalid, "not one certificate")
		expect(t, "both", claim(cert, anchor), "", "")
		expect(t, "again", claim(cert, anchor), invalid, "It must be UNINITIALIZED")
		_, err := api.DeleteHsm(ctx, &cloudhsmv2.DeleteHsmInput{ClusterId: &id})
		expect(t, "DeleteHsm of none", err, invalid, "Specify the HSM")
		_, err = api.DeleteHsm(ctx, &cloudhsmv2.DeleteHsmInput{ClusterId: &id, EniIp: new("10.9.9.9")})
		expect(t, "DeleteHsm of another", err, "CloudHsmResourceNotFoundException", "no such HSM")
		_, err = api.ModifyCluster(ctx, &cloudhsmv2.ModifyClusterInput{ClusterId: &id})
		expect(t, "ModifyCluster of nothing", err, invalid, "Specify")
		_, err = api.ModifyCluster(ctx, &cloudhsmv2.ModifyClusterInput{ClusterId: &id, HsmType: new("hsm2m.medium")})
		expect(t, "another type", err, "CloudHsmServiceException", "can't be changed")
	})
}

func TestPages(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		api := cloudhsmv2.NewFromConfig(srv.Config())
		want := []string{newCluster(t, api), newCluster(t, api), newCluster(t, api)}
		slices.Sort(want)
		var got []string
		for p := cloudhsmv2.NewDescribeClustersPaginator(api, &cloudhsmv2.DescribeClustersInput{MaxResults: new(int32(1))}); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			if err != nil || len(out.Clusters) > 1 {
				t.Fatalf("a page: %+v, %v", out, err)
			}
			for _, c := range out.Clusters {
				got = append(got, *c.ClusterId)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the clusters are %v, want %v", got, want)
		}
		_, err := api.DescribeClusters(t.Context(), &cloudhsmv2.DescribeClustersInput{NextToken: new("x")})
		expect(t, "a token", err, invalid, "NextToken")
		_, err = api.DescribeClusters(t.Context(), &cloudhsmv2.DescribeClustersInput{Filters: map[string][]string{"colours": {"red"}}})
		expect(t, "a filter", err, invalid, "colours")
		none, err := api.DescribeClusters(t.Context(), &cloudhsmv2.DescribeClustersInput{Filters: map[string][]string{"states": {"ACTIVE"}}})
		if err != nil || len(none.Clusters) != 0 {
			t.Errorf("active clusters: %+v, %v", none, err)
		}
		tags := make([]types.Tag, 50)
		for i := range tags {
			tags[i] = types.Tag{Key: new(fmt.Sprintf("key%02d", i)), Value: new("v")}
		}
		if _, err := api.TagResource(t.Context(), &cloudhsmv2.TagResourceInput{ResourceId: &want[0], TagList: tags}); err != nil {
			t.Fatalf("TagResource: %v", err)
		}
		_, err = api.TagResource(t.Context(), &cloudhsmv2.TagResourceInput{ResourceId: &want[0], TagList: []types.Tag{{Key: new("more"), Value: new("")}}})
		expect(t, "a tag more", err, "CloudHsmResourceLimitExceededException", "50")
		n := 0
		for p := cloudhsmv2.NewListTagsPaginator(api, &cloudhsmv2.ListTagsInput{ResourceId: &want[0], MaxResults: new(int32(20))}); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			n += len(out.TagList)
		}
		if n != 50 {
			t.Errorf("%d tags", n)
		}
	})
}

// TestBackupsOfOthers shares a backup with another account, which makes a cluster of it.
func TestBackupsOfOthers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		ctx := t.Context()
		c := cloudhsmtest.Initialized(t, srv, srv.Config(), srv.Account)
		other := cloudhsmv2.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
		var b types.Backup
		for range 20 {
			out, err := c.API.DescribeBackups(ctx, &cloudhsmv2.DescribeBackupsInput{})
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Backups) == 1 && out.Backups[0].BackupState == types.BackupStateReady {
				b = out.Backups[0]
				break
			}
			srv.Advance(time.Second)
		}
		if b.BackupId == nil || *b.BackupArn != "arn:aws:cloudhsm:us-east-1:000000000000:backup/"+*b.BackupId {
			t.Fatalf("the backup is %+v", b)
		}
		make := func() error {
			_, err := other.CreateCluster(ctx, &cloudhsmv2.CreateClusterInput{HsmType: new("hsm2m.medium"), SubnetIds: []string{"subnet-00000001"}, SourceBackupId: b.BackupArn})
			return err
		}
		put := func(policy string) error {
			_, err := c.API.PutResourcePolicy(ctx, &cloudhsmv2.PutResourcePolicyInput{ResourceArn: b.BackupArn, Policy: &policy})
			return err
		}
		policy := func(action, resource string) string {
			return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":[%q],"Resource":%q}]}`, action, resource)
		}
		seen := func() int {
			out, err := other.DescribeBackups(ctx, &cloudhsmv2.DescribeBackupsInput{Shared: new(true)})
			if err != nil {
				t.Fatal(err)
			}
			return len(out.Backups)
		}
		expect(t, "before it is shared", make(), "CloudHsmAccessDeniedException", "")
		if n := seen(); n != 0 {
			t.Errorf("the other account sees %d backups", n)
		}
		expect(t, "no JSON", put("{"), invalid, "not valid")
		expect(t, "another action", put(policy("cloudhsm:DeleteBackup", *b.BackupArn)), invalid, "DeleteBackup")
		expect(t, "another resource", put(policy("cloudhsm:CreateCluster", "*")), invalid, "its resource must be")
		_, err := c.API.GetResourcePolicy(ctx, &cloudhsmv2.GetResourcePolicyInput{ResourceArn: b.BackupArn})
		expect(t, "no policy", err, "CloudHsmResourceNotFoundException", "")
		expect(t, "sharing", put(policy("cloudhsm:CreateCluster", *b.BackupArn)), "", "")
		expect(t, "of a shared backup", make(), "", "")
		if n := seen(); n != 0 {
			t.Errorf("the other account sees %d backups that it may not", n)
		}
		expect(t, "sharing", put(policy("cloudhsm:DescribeBackups", *b.BackupArn)), "", "")
		expect(t, "the policy of now", make(), "CloudHsmAccessDeniedException", "")
		if n := seen(); n != 1 {
			t.Errorf("the other account sees %d backups", n)
		}
		got, err := c.API.GetResourcePolicy(ctx, &cloudhsmv2.GetResourcePolicyInput{ResourceArn: b.BackupArn})
		if err != nil || *got.Policy != policy("cloudhsm:DescribeBackups", *b.BackupArn) {
			t.Errorf("GetResourcePolicy: %+v, %v", got, err)
		}
		if _, err := c.API.DeleteResourcePolicy(ctx, &cloudhsmv2.DeleteResourcePolicyInput{ResourceArn: b.BackupArn}); err != nil {
			t.Errorf("DeleteResourcePolicy: %v", err)
		}
		if n := seen(); n != 0 {
			t.Errorf("the other account sees %d backups", n)
		}
		_, err = other.GetResourcePolicy(ctx, &cloudhsmv2.GetResourcePolicyInput{ResourceArn: b.BackupArn})
		expect(t, "of another account", err, invalid, "this account")

		// The end of a backup, which is the only one and so does not expire.
		srv.Advance(100 * 24 * time.Hour)
		state := func() (state types.BackupState) {
			out, err := c.API.DescribeBackups(ctx, &cloudhsmv2.DescribeBackupsInput{Filters: map[string][]string{"backupIds": {*b.BackupId}}})
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Backups) == 0 {
				return "none"
			}
			return out.Backups[0].BackupState
		}
		if _, err := c.API.ModifyBackupAttributes(ctx, &cloudhsmv2.ModifyBackupAttributesInput{BackupId: b.BackupId, NeverExpires: new(true)}); err != nil && code(err) != invalid {
			t.Errorf("ModifyBackupAttributes: %v", err)
		}
		if s := state(); s == types.BackupStateReady {
			if _, err := c.API.DeleteBackup(ctx, &cloudhsmv2.DeleteBackupInput{BackupId: b.BackupId}); err != nil {
				t.Errorf("DeleteBackup: %v", err)
			}
		}
		if _, err := c.API.RestoreBackup(ctx, &cloudhsmv2.RestoreBackupInput{BackupId: b.BackupId}); err != nil {
			t.Errorf("RestoreBackup: %v", err)
		}
		if s := state(); s != types.BackupStateReady {
			t.Errorf("a restored backup is %s", s)
		}
		if _, err := c.API.DeleteBackup(ctx, &cloudhsmv2.DeleteBackupInput{BackupId: b.BackupId}); err != nil {
			t.Errorf("DeleteBackup: %v", err)
		}
		srv.Advance(7 * 24 * time.Hour)
		if s := state(); s != "none" {
			t.Errorf("a deleted backup is %s after seven days", s)
		}
	})
}

// TestPermissions: what no policy allows is denied, tags decide, and each action has its ARN.
func TestPermissions(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		ctx := t.Context()
		root := cloudhsmv2.NewFromConfig(srv.Config())
		red := newCluster(t, root, types.Tag{Key: new("colour"), Value: new("red")})
		blue := newCluster(t, root, types.Tag{Key: new("colour"), Value: new("blue")})
		user := func(name, policy string) *cloudhsmv2.Client {
			t.Helper()
			c := sdkiam.NewFromConfig(srv.Config())
			if _, err := c.CreateUser(ctx, &sdkiam.CreateUserInput{UserName: &name}); err != nil {
				t.Fatal(err)
			}
			k, err := c.CreateAccessKey(ctx, &sdkiam.CreateAccessKeyInput{UserName: &name})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.PutUserPolicy(ctx, &sdkiam.PutUserPolicyInput{UserName: &name, PolicyName: new("p"), PolicyDocument: &policy}); err != nil {
				t.Fatal(err)
			}
			cfg := srv.Config()
			cfg.Credentials = aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(*k.AccessKey.AccessKeyId, *k.AccessKey.SecretAccessKey, ""))
			return cloudhsmv2.NewFromConfig(cfg)
		}
		allow := func(action, resource, condition string) string {
			return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%s,"Resource":%q%s}]}`, action, resource, condition)
		}
		denied := "CloudHsmAccessDeniedException"
		list := func(c *cloudhsmv2.Client, id string) error {
			_, err := c.ListTags(ctx, &cloudhsmv2.ListTagsInput{ResourceId: &id})
			return err
		}
		byTag := user("tag", allow(`"cloudhsm:ListTags"`, "*", `,"Condition":{"StringEquals":{"aws:ResourceTag/colour":"red"}}`))
		expect(t, "the red one", list(byTag, red), "", "")
		expect(t, "the blue one", list(byTag, blue), denied, "not authorized to perform: cloudhsm:ListTags")
		expect(t, "none", list(byTag, "cluster-22222222222"), denied, "")
		byARN := user("arn", allow(`"cloudhsm:*"`, "arn:aws:cloudhsm:us-east-1:000000000000:cluster/"+red, ""))
		expect(t, "its cluster", list(byARN, red), "", "")
		expect(t, "the other", list(byARN, blue), denied, "")
		_, err := byARN.DescribeClusters(ctx, &cloudhsmv2.DescribeClustersInput{})
		expect(t, "DescribeClusters", err, denied, "")
		_, err = byARN.CreateHsm(ctx, &cloudhsmv2.CreateHsmInput{ClusterId: &blue, AvailabilityZone: new("us-east-1a")})
		expect(t, "CreateHsm", err, denied, "")
		_, err = byARN.DeleteCluster(ctx, &cloudhsmv2.DeleteClusterInput{ClusterId: &blue})
		expect(t, "DeleteCluster", err, denied, "")
		_, err = byARN.DeleteBackup(ctx, &cloudhsmv2.DeleteBackupInput{BackupId: new("backup-22222222222")})
		expect(t, "DeleteBackup", err, denied, "")

		create := func(c *cloudhsmv2.Client, tags ...types.Tag) error {
			_, err := c.CreateCluster(ctx, &cloudhsmv2.CreateClusterInput{HsmType: new("hsm1.medium"), SubnetIds: []string{"subnet-00000001"}, TagList: tags})
			return err
		}
		untagged := user("untagged", allow(`"cloudhsm:CreateCluster"`, "*", ""))
		expect(t, "tags without TagResource", create(untagged, types.Tag{Key: new("a"), Value: new("")}), denied, "cloudhsm:TagResource")
		expect(t, "no tags", create(untagged), "", "")
		tagged := user("tagged", allow(`["cloudhsm:CreateCluster","cloudhsm:TagResource"]`, "*", `,"Condition":{"StringEquals":{"aws:RequestTag/colour":"green"}}`))
		expect(t, "another tag", create(tagged, types.Tag{Key: new("colour"), Value: new("red")}), denied, "")
		expect(t, "its tag", create(tagged, types.Tag{Key: new("colour"), Value: new("green")}), "", "")

		stranger := cloudhsmv2.NewFromConfig(srv.ConfigFor(srv.NewAccount("111122223333")))
		expect(t, "another account", list(stranger, red), "CloudHsmResourceNotFoundException", "")
		cfg := srv.Config()
		cfg.Region = "eu-west-1"
		expect(t, "another Region", list(cloudhsmv2.NewFromConfig(cfg), red), "CloudHsmResourceNotFoundException", "")
	})
}
