package cloudtrail_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/keystead/keystead/internal/cloudtrail"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file below testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

const keyARN = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// events is one event of each kind that the services record.
func events() map[string]*cloudtrail.Event {
	encrypt := encryptEvent()

	denied := encryptEvent()
	denied.ErrorCode, denied.ErrorMessage = "AccessDenied", `User: "arn:aws:iam::111122223333:user/Alice" is not authorized`
	denied.AdditionalEventData, denied.Resources = nil, nil

	noMessage := encryptEvent()
	noMessage.ErrorCode = "InvalidKeyUsageException"

	random := encryptEvent()
	random.Name, random.RequestParameters = "GenerateRandom", nil
	random.AdditionalEventData, random.TLS = nil, nil
	random.Resources = []cloudtrail.Resource{}

	attested := encryptEvent()
	attested.Recipient = []cloudtrail.Field{{Name: "attestationDocumentModuleId", Value: "i-1-enc1"}, {Name: "attestationDocumentEnclavePCR1", Value: "AAAA"}}

	onlyAttested := encryptEvent()
	onlyAttested.Recipient, onlyAttested.AdditionalEventData = attested.Recipient, nil

	assumed := encryptEvent()
	assumed.Name, assumed.ReadOnly = "EnableKey", false
	assumed.ResponseElements = []byte(`{"keyId":"` + keyARN + `"}`)
	assumed.Identity = cloudtrail.Identity{
		Type: "AssumedRole", PrincipalID: "AROAEXAMPLE:alice", ARN: "arn:aws:sts::111122223333:assumed-role/Admin/alice",
		AccountID: "111122223333", AccessKeyID: "ASIAEXAMPLE",
		Session: &cloudtrail.SessionContext{
			CreationDate: time.Date(2026, 5, 20, 22, 0, 0, 0, time.FixedZone("", 2*60*60)),
			Issuer: &cloudtrail.Identity{Type: "Role", PrincipalID: "AROAEXAMPLE",
				ARN: "arn:aws:iam::111122223333:role/Admin", AccountID: "111122223333", UserName: "Admin"},
		},
	}
	assumed.VPCEndpointID, assumed.VPCEndpointAccountID = "vpce-1234abcdf5678c90a", "111122223333"
	assumed.SharedEventID = "0f2b1c3d-0000-4000-8000-1234567890ab"

	session := encryptEvent()
	session.Identity.Session = &cloudtrail.SessionContext{CreationDate: session.Time, MFAAuthenticated: true}

	federated := encryptEvent()
	federated.Identity = assumed.Identity
	federated.Identity.Session = &cloudtrail.SessionContext{
		CreationDate: federated.Time, Issuer: assumed.Identity.Session.Issuer, SourceIdentity: "alice",
		Provider: "arn:aws:iam::111122223333:oidc-provider/oidc.example",
	}

	webIdentity := &cloudtrail.Event{
		ID: "77274901-88bc-4e3f-9bb6-acf1c16f6a7c", Time: encrypt.Time, Source: "sts.amazonaws.com", Name: "AssumeRoleWithWebIdentity",
		Region: "us-west-2", ReadOnly: true, RecipientAccountID: "111122223333",
		Identity: cloudtrail.Identity{
			Type:        "WebIdentityUser",
			PrincipalID: "arn:aws:iam::111122223333:oidc-provider/oidc.example:sts.amazonaws.com:system:serviceaccount:default:app",
			UserName:    "system:serviceaccount:default:app", Provider: "arn:aws:iam::111122223333:oidc-provider/oidc.example",
		},
	}

	foreign := encryptEvent()
	foreign.Identity = cloudtrail.Identity{Type: "AWSAccount", PrincipalID: "AIDAOTHER", AccountID: "444455556666"}

	service := encryptEvent()
	service.Identity = cloudtrail.Identity{Type: "AWSService", InvokedBy: "kms.amazonaws.com"}

	rotate := &cloudtrail.Event{
		ID: "a24b3967-ddad-417f-9b22-2332b918db06", Time: encrypt.Time, Source: "kms.amazonaws.com", Name: "RotateKey",
		Region: "us-west-2", Type: "AwsServiceEvent", SourceIPAddress: "AWS Internal", UserAgent: "AWS Internal",
		Identity:            cloudtrail.Identity{AccountID: "111122223333", InvokedBy: "AWS Internal"},
		RecipientAccountID:  "111122223333",
		Resources:           encrypt.Resources,
		ServiceEventDetails: []cloudtrail.Field{{Name: "rotationType", Value: "AUTOMATIC"}, {Name: "keyOrigin", Value: "AWS_KMS"}},
	}
	publish := encryptEvent()
	publish.Source, publish.Name, publish.Category, publish.Resources = "sns.amazonaws.com", "Publish", cloudtrail.DataCategory, nil
	publish.RequestParameters = []byte(`{"topicArn":"arn:aws:sns:us-west-2:111122223333:alarms"}`)
	return map[string]*cloudtrail.Event{
		"publish": publish, "encrypt": encrypt, "denied": denied, "no-message": noMessage, "random": random, "attested": attested, "only-attested": onlyAttested, "assumed-role": assumed,
		"session": session, "foreign": foreign, "service": service, "rotate": rotate,
		"federated": federated, "web-identity": webIdentity,
	}
}

func TestAppendJSON(t *testing.T) {
	for name, e := range events() {
		t.Run(name, func(t *testing.T) {
			if e.ID == "" {
				e.ID = "77274901-88bc-4e3f-9bb6-acf1c16f6a7c"
			}
			got := e.AppendJSON([]byte("before"))
			if !bytes.HasPrefix(got, []byte("before{")) {
				t.Errorf("does not append: %s", got)
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, got[len("before"):], "", "  "); err != nil {
				t.Fatalf("%v in %s", err, got)
			}
			golden(t, "record-"+name+".json", append(indented.Bytes(), '\n'))
			if c := compact(t, indented.Bytes()); !bytes.Equal(c, got[len("before"):]) {
				t.Errorf("got spaces that a record does not need: %s", got)
			}
		})
	}
}

func compact(t *testing.T, b []byte) []byte {
	t.Helper()
	var c bytes.Buffer
	if err := json.Compact(&c, b); err != nil {
		t.Fatal(err)
	}
	return c.Bytes()
}

func TestAppendJSONLimits(t *testing.T) {
	e := encryptEvent()
	e.UserAgent = strings.Repeat("é", 5000)
	e.ErrorMessage = strings.Repeat("x", 5000)
	e.RequestParameters = []byte(`{"a":"` + strings.Repeat("x", 100<<10) + `"}`)
	e.TLS.HostHeader = strings.Repeat("h", 1<<20)
	var got struct {
		UserAgent, ErrorMessage string
		RequestParameters       map[string]any
		TLSDetails              struct{ ClientProvidedHostHeader string }
	}
	b := e.AppendJSON(nil)
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got.UserAgent != strings.Repeat("é", 512) {
		t.Errorf("user agent of %d bytes", len(got.UserAgent))
	}
	if len(got.ErrorMessage) != 1024 || len(got.TLSDetails.ClientProvidedHostHeader) != 1024 {
		t.Errorf("error message of %d bytes, host of %d", len(got.ErrorMessage), len(got.TLSDetails.ClientProvidedHostHeader))
	}
	if got.RequestParameters["omitted"] != true || got.RequestParameters["originalSize"] != float64(len(e.RequestParameters)) {
		t.Errorf("requestParameters %v", got.RequestParameters)
	}
	for range 20000 {
		e.Resources = append(e.Resources, e.Resources[0])
		e.AdditionalEventData = append(e.AdditionalEventData, e.AdditionalEventData[0])
	}
	if b := e.AppendJSON(nil); len(b) > 1<<20 || !json.Valid(b) {
		t.Errorf("%d bytes, valid %v", len(b), json.Valid(b))
	}
}

func TestAppendJSONIsOneLine(t *testing.T) {
	e := encryptEvent()
	e.RequestParameters = []byte("{\n\t\"keyId\": \"a\"\r\n}")
	e.UserAgent = "a\nb\x00\"\\\x7f\xff\u2028é"
	b := e.AppendJSON(nil)
	if bytes.ContainsAny(b, "\n\r\t\x00") {
		t.Errorf("not one line: %q", b)
	}
	var got struct{ UserAgent string }
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if want := "a\nb\x00\"\\\x7f\ufffd\u2028é"; got.UserAgent != want {
		t.Errorf("got %q, want %q", got.UserAgent, want)
	}
}

func TestNewID(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for range 10000 {
		id := cloudtrail.NewID()
		if !uuid.MatchString(id) || seen[id] {
			t.Fatalf("%q is no new UUID", id)
		}
		seen[id] = true
	}
}

func FuzzAppendJSON(f *testing.F) {
	f.Add("AKIA", "aws-cli/2", "message", "value")
	f.Add("\x00\xff", "\"\\\n", "\u2028\U0010ffff", strings.Repeat("é", 3000))
	f.Fuzz(func(t *testing.T, key, userAgent, message, value string) {
		e := encryptEvent()
		e.Identity.AccessKeyID, e.UserAgent, e.ErrorMessage = key, userAgent, message
		e.AdditionalEventData = []cloudtrail.Field{{Name: "v", Value: value}}
		b := e.AppendJSON(nil)
		if !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' }) {
			t.Fatalf("not a line of text: %q", b)
		}
		r, err := cloudtrail.ParseRecord(b)
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if utf8.ValidString(key) && len(key) < 1000 && r.AccessKeyID != key {
			t.Errorf("access key id %q, want %q", r.AccessKeyID, key)
		}
	})
}
