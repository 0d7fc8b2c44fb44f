package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
)

// cliCloudHSM makes a cluster, claims it, and goes through all that its backups can do.
func cliCloudHSM(t *testing.T, c cli) {
	hsmtest.Library(t)
	hsmtest.Driver(t)
	id := c.query("Cluster.ClusterId", "cloudhsmv2", "create-cluster", "--hsm-type", "hsm1.medium", "--subnet-ids", "subnet-0123456789abcdef0",
		"subnet-0123456789abcdef1", "--tag-list", "Key=team,Value=payments", "--backup-retention-policy", "Type=DAYS,Value=30")
	cluster := func(query string) string {
		return c.query("Clusters[0]."+query, "cloudhsmv2", "describe-clusters", "--filters", "clusterIds="+id)
	}
	becomes(t, "the cluster", "UNINITIALIZED", func() string { return cluster("State") })
	first := c.query("Hsm.HsmId", "cloudhsmv2", "create-hsm", "--cluster-id", id, "--availability-zone", "us-east-1a")
	becomes(t, "the HSM", first+"\tACTIVE\tus-east-1a", func() string { return cluster("Hsms[0].[HsmId,State,AvailabilityZone]") })

	cert, anchor := cloudhsmtest.Sign(t, c.query("Clusters[0].Certificates.ClusterCsr", "cloudhsmv2", "describe-clusters", "--filters", "clusterIds="+id)+"\n")
	files := map[string]string{"cert.crt": cert, "customerCA.crt": anchor}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	initialize := []string{
		"cloudhsmv2", "initialize-cluster", "--cluster-id", id, "--signed-cert", "file://" + filepath.Join(dir, "cert.crt"),
		"--trust-anchor", "file://" + filepath.Join(dir, "customerCA.crt"),
	}
	if got := c.query("State", initialize...); got != "INITIALIZE_IN_PROGRESS" {
		t.Errorf("initialize-cluster answers %s", got)
	}
	becomes(t, "the cluster", "INITIALIZED", func() string { return cluster("State") })
	c.fails("CloudHsmInvalidRequestException", "Cluster "+id+" is in the state INITIALIZED. It must be UNINITIALIZED.", initialize...)

	if got := c.query("Cluster.BackupRetentionPolicy.Value", "cloudhsmv2", "modify-cluster", "--cluster-id", id, "--backup-retention-policy", "Type=DAYS,Value=9"); got != "9" {
		t.Errorf("modify-cluster answers %s", got)
	}
	cliHSMTags(t, c, id)
	cliHSMBackups(t, c, id)

	c.fails("CloudHsmInvalidRequestException", "Cluster "+id+" has 1 HSMs. Delete them before you delete the cluster.", "cloudhsmv2", "delete-cluster", "--cluster-id", id)
	if got := c.query("HsmId", "cloudhsmv2", "delete-hsm", "--cluster-id", id, "--hsm-id", first); got != first {
		t.Errorf("delete-hsm answers %s", got)
	}
	becomes(t, "the HSMs", "0", func() string { return cluster("length(Hsms)") })
	if got := c.query("Cluster.State", "cloudhsmv2", "delete-cluster", "--cluster-id", id); got != "DELETE_IN_PROGRESS" {
		t.Errorf("delete-cluster answers %s", got)
	}
	becomes(t, "the cluster", "DELETED", func() string { return cluster("State") })
}

func cliHSMTags(t *testing.T, c cli, id string) {
	c.text("cloudhsmv2", "tag-resource", "--resource-id", id, "--tag-list", "Key=a,Value=1", "Key=team,Value=other")
	c.text("cloudhsmv2", "untag-resource", "--resource-id", id, "--tag-key-list", "a", "b")
	if got := c.query("TagList[].[Key,Value]", "cloudhsmv2", "list-tags", "--resource-id", id, "--page-size", "1"); got != "team\tother" {
		t.Errorf("list-tags has %q", got)
	}
	c.fails("CloudHsmResourceNotFoundException", "Cluster cluster-22222222222 not found.", "cloudhsmv2", "list-tags", "--resource-id", "cluster-22222222222")
}

func cliHSMBackups(t *testing.T, c cli, id string) {
	ready := func() string {
		return c.query("join(' ',Backups[].BackupState)", "cloudhsmv2", "describe-backups", "--filters", "clusterIds="+id)
	}
	becomes(t, "the backup", "READY", ready)
	backup := c.query("Backups[0].BackupId", "cloudhsmv2", "describe-backups", "--filters", "clusterIds="+id, "--page-size", "1")
	if got := c.query("Backup.NeverExpires", "cloudhsmv2", "modify-backup-attributes", "--backup-id", backup, "--never-expires"); got != "True" {
		t.Errorf("modify-backup-attributes answers %s", got)
	}
	copied := c.query("DestinationBackup.[SourceBackup,SourceRegion,SourceCluster]", "cloudhsmv2", "copy-backup-to-region", "--backup-id", backup, "--destination-region", "eu-west-1")
	if copied != backup+"\tus-east-1\t"+id {
		t.Errorf("copy-backup-to-region answers %q", copied)
	}
	becomes(t, "the copy", backup+"\tREADY", func() string {
		return c.query("Backups[0].[SourceBackup,BackupState]", "cloudhsmv2", "describe-backups", "--filters", "sourceBackupIds="+backup, "--region", "eu-west-1")
	})
	if got := c.query("Backup.BackupState", "cloudhsmv2", "delete-backup", "--backup-id", backup); got != "PENDING_DELETION" {
		t.Errorf("delete-backup answers %s", got)
	}
	if got := c.query("Backup.BackupState", "cloudhsmv2", "restore-backup", "--backup-id", backup); got != "READY" {
		t.Errorf("restore-backup answers %s", got)
	}
}

// becomes asks until the answer is what is wanted: the background job does what was asked for
// at once, but after it was answered.
func becomes(t *testing.T, what, want string, ask func() string) {
	t.Helper()
	eventually(t, what+" is "+want, func() bool { return strings.TrimSpace(ask()) == want })
}
