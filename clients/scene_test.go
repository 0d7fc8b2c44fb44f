package clients

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The people of the scene. The third never confirms.
const (
	alice = "alice@example.com"
	bob   = "bob@example.com"
	carol = "carol@example.com"
)

// pendingPattern finds uses of a key that is pending deletion, as AWS documents it.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-creating-cloudwatch-alarm.html
const pendingPattern = `{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}`

const (
	logGroup  = "audit"
	alarmName = "KMSKeyPendingDeletion"
)

// scene is a security team's set-up: a trail into a log group, a metric filter, an alarm, a
// topic and three addresses, two of which are confirmed.
type scene struct {
	t      *testing.T
	s      *node
	c      cli
	box    *mailbox
	period time.Duration // of the alarm
	topic  string
	key    string // pending deletion
}

// setScene makes everything with the AWS CLI, and follows the links in the mails as people do.
func setScene(t *testing.T, period int, args ...string) *scene {
	t.Helper()
	needFile(t, debianAWS)
	box := startMailbox(t)
	s := start(t, append([]string{"--smtp-url", box.URL, "--smtp-from", "Alarms <alarms@kms.example>"}, args...)...)
	sc := &scene{t: t, s: s, c: debianCLI(t, s), box: box, period: time.Duration(period) * time.Second}
	sc.topic = sc.c.query("TopicArn", "sns", "create-topic", "--name", "security")
	for _, who := range []string{alice, bob, carol} {
		if got := sc.c.query("SubscriptionArn", "sns", "subscribe", "--topic-arn", sc.topic, "--protocol", "email", "--notification-endpoint", who); got != "pending confirmation" {
			t.Errorf("subscribe %s: %q", who, got)
		}
	}
	sc.advance(time.Second)
	for _, who := range []string{alice, bob} {
		sc.confirm(box.wait(who, 1, patience)[0])
	}
	box.wait(carol, 1, patience)
	sc.setTrail()
	sc.c.text("logs", "put-metric-filter", "--log-group-name", logGroup, "--filter-name", "pending-deletion", "--filter-pattern", pendingPattern,
		"--metric-transformations", "metricName=KMSKeyPendingDeletionErrorCount,metricNamespace=CloudTrailLogMetrics,metricValue=1")
	sc.c.text("cloudwatch", "put-metric-alarm", "--alarm-name", alarmName, "--namespace", "CloudTrailLogMetrics", "--metric-name", "KMSKeyPendingDeletionErrorCount",
		"--statistic", "Sum", "--period", strconv.Itoa(period), "--evaluation-periods", "1", "--datapoints-to-alarm", "1", "--threshold", "1",
		"--comparison-operator", "GreaterThanOrEqualToThreshold", "--treat-missing-data", "notBreaching", "--alarm-actions", sc.topic)
	sc.setKey()
	return sc
}

// setTrail makes a trail that delivers to a bucket and to the log group.
func (sc *scene) setTrail() {
	sc.t.Helper()
	sc.c.text("logs", "create-log-group", "--log-group-name", logGroup)
	group := sc.c.query("logGroups[0].arn", "logs", "describe-log-groups", "--log-group-name-prefix", logGroup)
	role := sc.c.query("Role.Arn", "iam", "create-role", "--role-name", "trail", "--assume-role-policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	sc.c.text("iam", "put-role-policy", "--role-name", "trail", "--policy-name", "logs", "--policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"`+group+`"}]}`)
	sc.c.text("cloudtrail", "create-trail", "--name", "audit", "--s3-bucket-name", "audit-files",
		"--cloud-watch-logs-log-group-arn", group, "--cloud-watch-logs-role-arn", role)
	sc.c.text("cloudtrail", "start-logging", "--name", "audit")
}

// setKey schedules a key for deletion.
func (sc *scene) setKey() {
	sc.t.Helper()
	sc.key = sc.c.query("KeyMetadata.Arn", "kms", "create-key")
	sc.c.text("kms", "schedule-key-deletion", "--key-id", sc.key, "--pending-window-in-days", "7")
}

// confirm does what a person does with the link in a mail: open the page and press its button.
func (sc *scene) confirm(l letter) {
	sc.t.Helper()
	if l.Subject != "AWS Notification - Subscription Confirmation" || !strings.Contains(l.Text, sc.topic) {
		sc.t.Errorf("asked to confirm by %q:\n%s", l.Subject, l.Text)
	}
	link := regexp.MustCompile(`https?://\S+`).FindString(l.Text)
	if link == "" {
		sc.t.Fatalf("no link in\n%s", l.Text)
	}
	page := sc.fetch(http.Get(link))
	if !strings.Contains(page, `method="post"`) {
		sc.t.Fatalf("%s has no button:\n%s", link, page)
	}
	if page = sc.fetch(http.PostForm(link, url.Values{})); !strings.Contains(page, "Subscription confirmed!") {
		sc.t.Fatalf("confirmed by %s:\n%s", link, page)
	}
}

func (sc *scene) fetch(res *http.Response, err error) string {
	sc.t.Helper()
	if err != nil {
		sc.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		sc.t.Fatalf("%s: %s %v\n%s", res.Request.URL, res.Status, err, body)
	}
	return string(body)
}

// testClock tells whether the server's clock is moved by the test.
func (sc *scene) testClock() bool {
	for _, a := range sc.s.args {
		if a == "--test-clock" {
			return true
		}
	}
	return false
}

// advance lets time pass: on the server's clock if the test moves it.
func (sc *scene) advance(d time.Duration) {
	sc.t.Helper()
	if sc.testClock() {
		sc.s.advance(d)
	}
}

// attempts are the uses of a key that must not go unnoticed while it is pending deletion.
func (sc *scene) attempts() map[string][]string {
	blob := "fileb://blob"
	return map[string][]string{
		"Encrypt":                         {"kms", "encrypt", "--key-id", sc.key, "--plaintext", "c2VjcmV0"},
		"Decrypt":                         {"kms", "decrypt", "--key-id", sc.key, "--ciphertext-blob", blob},
		"GenerateDataKey":                 {"kms", "generate-data-key", "--key-id", sc.key, "--key-spec", "AES_256"},
		"GenerateDataKeyWithoutPlaintext": {"kms", "generate-data-key-without-plaintext", "--key-id", sc.key, "--key-spec", "AES_256"},
		"ReEncrypt":                       {"kms", "re-encrypt", "--ciphertext-blob", blob, "--source-key-id", sc.key, "--destination-key-id", sc.key},
	}
}

// state is the state of the alarm.
func (sc *scene) state() string {
	sc.t.Helper()
	return sc.c.query("MetricAlarms[].StateValue", "cloudwatch", "describe-alarms", "--alarm-names", alarmName)
}

// until waits for the alarm to come to a state. Where the test moves the clock, it is the
// clock's time that must be enough, however long the CLI takes on a busy machine.
func (sc *scene) until(state string, most time.Duration) {
	sc.t.Helper()
	begun, moved := time.Now(), time.Duration(0)
	passed := func() time.Duration {
		if sc.testClock() {
			return moved
		}
		return time.Since(begun)
	}
	for {
		got := sc.state()
		if got == state {
			return
		}
		if passed() > most {
			sc.t.Fatalf("the alarm is %s after %v, want %s", got, most, state)
		}
		sc.advance(sc.period / 2)
		moved += sc.period / 2
	}
}

// refused makes an attempt, which must fail because of the key's state.
func (sc *scene) refused(name string) {
	sc.t.Helper()
	args := sc.attempts()[name]
	_, errs, status := sc.c.run(args...)
	if status != statusService || !strings.Contains(errs, "(KMSInvalidStateException)") || !strings.Contains(errs, sc.key+" is pending deletion.") {
		sc.t.Fatalf("%s: exit status %d: %s", name, status, errs)
	}
}

// wantAlarm checks the mail about the alarm: that it tells of the change and the alarm, and
// not of the key.
func (sc *scene) wantAlarm(l letter) {
	sc.t.Helper()
	if want := `ALARM: "` + alarmName + `" in US East (N. Virginia)`; l.Subject != want {
		sc.t.Errorf("subject %q, want %q", l.Subject, want)
	}
	for _, want := range []string{alarmName, "OK -> ALARM", "000000000000", "CloudTrailLogMetrics", "KMSKeyPendingDeletionErrorCount"} {
		if !strings.Contains(l.Text, want) {
			sc.t.Errorf("the mail does not have %q:\n%s", want, l.Text)
		}
	}
	if id := sc.key[strings.LastIndexByte(sc.key, '/')+1:]; strings.Contains(l.Text, id) {
		sc.t.Errorf("the mail names the key:\n%s", l.Text)
	}
	if l.From != "alarms@kms.example" {
		sc.t.Errorf("sent by %s", l.From)
	}
}

// wantEvent finds the attempt in the log group: the event names the key and the call.
func (sc *scene) wantEvent(name string) {
	sc.t.Helper()
	out := sc.c.answer("logs", "filter-log-events", "--log-group-name", logGroup,
		"--filter-pattern", fmt.Sprintf(`{ $.eventName = %s && $.errorCode = KMSInvalidStateException }`, name))
	events, _ := out["events"].([]any)
	for _, e := range events {
		var record struct {
			EventName, ErrorMessage string
			Resources               []struct{ ARN string }
		}
		message := e.(map[string]any)["message"].(string)
		if err := json.Unmarshal([]byte(message), &record); err != nil {
			sc.t.Fatalf("%v in %s", err, message)
		}
		if record.EventName == name && record.ErrorMessage == sc.key+" is pending deletion." && strings.Contains(message, sc.key) {
			return
		}
	}
	sc.t.Errorf("the log group has no event of %s: %v", name, events)
}

// quiet does what is no use of the key. The pending deletion stays.
func (sc *scene) quiet() {
	sc.t.Helper()
	sc.c.text("kms", "list-keys")
	sc.c.text("kms", "put-key-policy", "--key-id", sc.key, "--policy-name", "default", "--policy",
		sc.c.query("Policy", "kms", "get-key-policy", "--key-id", sc.key, "--policy-name", "default"))
	sc.c.text("kms", "cancel-key-deletion", "--key-id", sc.key)
	sc.c.text("kms", "enable-key", "--key-id", sc.key)
	blob := decode64(sc.t, sc.c.query("CiphertextBlob", "kms", "encrypt", "--key-id", sc.key, "--plaintext", "c2VjcmV0"))
	sc.s.write("blob", blob)
	sc.c.text("kms", "schedule-key-deletion", "--key-id", sc.key, "--pending-window-in-days", "7")
}

// wantNone checks that nobody got anything since.
func (sc *scene) wantNone(n int) {
	sc.t.Helper()
	if got := len(sc.box.letters()); got != n {
		sc.t.Errorf("%d letters, want %d: %+v", got, n, sc.box.letters()[n:])
	}
}

// TestScene is the security team's chain from a call to a mail, at both resolutions, on a
// clock that the test moves; TestSceneInTime measures it in real time.
func TestScene(t *testing.T) {
	for _, period := range []int{10, 60} {
		t.Run(strconv.Itoa(period), func(t *testing.T) {
			t.Parallel()
			sc := setScene(t, period, "--test-clock")
			settled := 5 * time.Minute
			sc.until("OK", settled)
			sc.quiet()
			for range 4 {
				sc.advance(sc.period)
			}
			sc.wantNone(3)
			if got := sc.state(); got != "OK" {
				t.Errorf("the alarm is %s although nobody used the key", got)
			}
			n := 0
			for name := range sc.attempts() {
				sc.refused(name)
				n++
				sc.until("ALARM", settled)
				for _, who := range []string{alice, bob} {
					all := sc.box.wait(who, n+1, patience)
					sc.wantAlarm(all[n])
					if len(all) != n+1 {
						t.Errorf("%s: %s got %d letters, want %d", name, who, len(all), n+1)
					}
				}
				sc.wantEvent(name)
				if n == len(sc.attempts()) {
					sc.c.text("kms", "cancel-key-deletion", "--key-id", sc.key)
				}
				sc.until("OK", settled)
			}
			if all := sc.box.to(carol); len(all) != 1 {
				t.Errorf("carol, who has not confirmed, got %+v", all[1:])
			}
			sc.wantNone(3 + 2*n)
		})
	}
}

// longScene asks for what takes minutes.
func longScene() bool { return os.Getenv("KEYSTEAD_TEST_SCENE") != "" }

// TestSceneInTime measures from the call to the mail, in real time. A minute's resolution
// takes as long, so that it is measured only when KEYSTEAD_TEST_SCENE is set.
func TestSceneInTime(t *testing.T) {
	for period, most := range map[int]time.Duration{10: 15 * time.Second, 60: 75 * time.Second} {
		t.Run(strconv.Itoa(period), func(t *testing.T) {
			if period == 60 && !longScene() {
				t.Skip("set KEYSTEAD_TEST_SCENE to measure it")
			}
			t.Parallel()
			sc := setScene(t, period)
			sc.until("OK", 3*most)
			before := time.Now()
			sc.refused("Encrypt")
			for _, who := range []string{alice, bob} {
				l := sc.box.wait(who, 2, most+patience)[1]
				sc.wantAlarm(l)
				took := l.at.Sub(before)
				t.Logf("%v from the call to the mail for %s", took, who)
				if took > most {
					t.Errorf("%v from the call to the mail, want at most %v", took, most)
				}
			}
			sc.wantEvent("Encrypt")
			if all := sc.box.to(carol); len(all) != 1 {
				t.Errorf("carol, who has not confirmed, got %+v", all[1:])
			}
		})
	}
}
