package preset_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/internal/cloudwatch/preset"
	"github.com/keystead/keystead/internal/kms/kmstest"
	"github.com/keystead/keystead/internal/mail/mailtest"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// install runs Install and returns what it said.
func install(t *testing.T, srv *keysteadtest.Server, o preset.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := preset.Install(t.Context(), srv.Config(), o, &out); err != nil {
		t.Fatalf("Install: %v\n%s", err, out.String())
	}
	return out.String()
}

// confirm follows the link of the first mail.
func confirm(t *testing.T, relay *mailtest.Relay) {
	t.Helper()
	m := await(t, relay, "Subscription Confirmation")
	link := regexp.MustCompile(`http://\S+/confirmation\.html\S+`).FindString(m.Text)
	res, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, _ := io.ReadAll(res.Body)
	if form := regexp.MustCompile(`(?s)<form.*?</form>`).Find(page); form != nil {
		res, err := http.Post(link, "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
}

// await waits for a mail with a word in its subject.
func await(t *testing.T, relay *mailtest.Relay, word string) mailtest.Mail {
	t.Helper()
	return relay.Await(1, func(m mailtest.Mail) bool { return strings.Contains(m.Subject, word) })[0]
}

// TestInstall sets the controls up, twice, on both engines.
func TestInstall(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		relay := mailtest.Start(t, mailtest.Options{})
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)), keysteadtest.WithMail(relay.URL()))
		o := preset.Options{Email: "security@example.com"}

		dry := o
		dry.DryRun = true
		if said := install(t, srv, dry); strings.Contains(said, "done ") || !strings.Contains(said, "would     make alarm KMS-KeyPendingDeletionUsed") {
			t.Errorf("a dry run says\n%s", said)
		}
		c := cloudwatch.NewFromConfig(srv.Config())
		if out, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{}); err != nil || len(out.MetricAlarms) != 0 {
			t.Errorf("after a dry run there are %d alarms, %v", len(out.MetricAlarms), err)
		}

		first := install(t, srv, o)
		if strings.Contains(first, "is there") || strings.Count(first, "make alarm") != 6 || strings.Count(first, "put metric filter") != 4 {
			t.Errorf("the first run says\n%s", first)
		}
		if again := install(t, srv, o); strings.Contains(again, "done ") || !strings.Contains(again, "NOT CONFIRMED") || strings.Contains(again, "WARNING") {
			t.Errorf("the second run says\n%s", again)
		}
		var out bytes.Buffer
		if err := preset.Fire(t.Context(), srv.Config(), preset.TestAlarm, 10*time.Second, &out); err == nil || !strings.Contains(err.Error(), "no confirmed subscription") {
			t.Errorf("without a confirmed subscription: %v", err)
		}
		confirm(t, relay)
		out.Reset()
		if err := preset.Fire(t.Context(), srv.Config(), preset.TestAlarm, time.Minute, &out); err != nil {
			t.Fatalf("Fire: %v\n%s", err, out.String())
		}
		m := await(t, relay, `ALARM: "KMS-KeyPendingDeletionUsed" in US East (N. Virginia)`)
		if m.To != "security@example.com" || !strings.Contains(m.Text, "You are receiving this email because your Amazon CloudWatch Alarm") || !strings.Contains(m.Text, "- MetricName:                 KMSKeyPendingDeletionErrorCount") {
			t.Errorf("the mail to %s is\n%s", m.To, m.Text)
		}
		// Something that somebody has changed is put right.
		if _, err := c.DisableAlarmActions(t.Context(), &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{"KMS-KeyPolicyChanged"}}); err != nil {
			t.Fatal(err)
		}
		if said := install(t, srv, o); strings.Count(said, "done ") != 1 || !strings.Contains(said, "change alarm KMS-KeyPolicyChanged") {
			t.Errorf("after a change the run says\n%s", said)
		}
		if err := preset.Fire(t.Context(), srv.Config(), "none", time.Second, io.Discard); err == nil || errors.Is(err, preset.ErrNotDelivered) {
			t.Errorf("no such alarm: %v", err)
		}
	})
}

// TestControls has what each control is about happen, and waits for its alarm.
func TestControls(t *testing.T) {
	t.Parallel()
	relay := mailtest.Start(t, mailtest.Options{Refuse: func(string, string) error { return mailtest.Status(451) }})
	srv := keysteadtest.Start(t, keysteadtest.WithMail(relay.URL()))
	install(t, srv, preset.Options{Email: "security@example.com", ExpiryDays: 10}) // whose confirmation can't be delivered
	keys, c := srv.KMS(), cloudwatch.NewFromConfig(srv.Config())
	k, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	id := k.KeyMetadata.KeyId
	policy, err := keys.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: id})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: id, Policy: policy.Policy}); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: id}); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Encrypt(t.Context(), &kms.EncryptInput{KeyId: id, Plaintext: []byte("x")}); err == nil {
		t.Fatal("a key that waits for its deletion encrypts")
	}
	if _, err := keys.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: new("arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab")}); err == nil {
		t.Fatal("another account's key can be described")
	}
	kmstest.ImportExpiring(t, srv.KMS(), 11*24*time.Hour)
	want := map[string]bool{
		"CIS-DisableOrDeleteCMK": true, "KMS-KeyPendingDeletionUsed": true, "KMS-KeyPolicyChanged": true, "CIS-UnauthorizedAPICalls": true,
		"Keystead-DeliveryFailures": true,
	}
	awaitAlarms(t, srv, want)
	if a, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"KMS-ImportedMaterialExpires"}}); err != nil || a.MetricAlarms[0].StateValue != "OK" {
		t.Errorf("11 days before key material expires: %+v, %v", a, err)
	}
	kmstest.ImportExpiring(t, srv.KMS(), 9*24*time.Hour)
	awaitAlarms(t, srv, map[string]bool{"KMS-ImportedMaterialExpires": true})
}

// awaitAlarms lets time pass until the alarms have gone off, each at one time or another.
func awaitAlarms(t *testing.T, srv *keysteadtest.Server, want map[string]bool) {
	t.Helper()
	c := cloudwatch.NewFromConfig(srv.Config())
	deadline := time.Now().Add(time.Minute)
	for len(want) > 0 && time.Now().Before(deadline) {
		srv.Advance(20 * time.Second)
		out, err := c.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{StateValue: "ALARM"})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range out.MetricAlarms {
			delete(want, *a.AlarmName)
		}
	}
	for name := range want {
		t.Errorf("alarm %s did not go off", name)
	}
}
