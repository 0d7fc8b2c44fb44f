package trail

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

const plainRecord = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","accountId":"111122223333"},"eventTime":"2026-05-20T20:45:08Z","eventSource":"kms.amazonaws.com","eventName":"Encrypt","awsRegion":"us-west-2","requestParameters":{"encryptionContext":{"recipientAccountId":"999999999999","a\"},":"awsRegion"}},"eventID":"e1","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`

func TestReadEntry(t *testing.T) {
	t.Parallel()
	e, ok := readEntry([]byte(plainRecord))
	if !ok || string(e.account) != "111122223333" || string(e.region) != "us-west-2" || !e.management || !e.readOnly ||
		string(e.source) != "kms.amazonaws.com" || string(e.name) != "Encrypt" || string(e.id) != "e1" ||
		!e.time.Equal(time.Date(2026, 5, 20, 20, 45, 8, 0, time.UTC)) {
		t.Errorf("readEntry: %+v, %v", e, ok)
	}
	for _, bad := range []string{``, `{`, `[]`, `{"a"}`, `{"a":1`, `{"a":1}x`, `{"awsRegion":"r","recipientAccountId":"1"}`, `{"a":"\"}`} {
		if _, ok := readEntry([]byte(bad)); ok {
			t.Errorf("readEntry takes %s", bad)
		}
	}
}

func TestAppendPublic(t *testing.T) {
	t.Parallel()
	const rest = `,"eventTime":"2026-05-20T20:45:08Z","awsRegion":"r","recipientAccountId":"1"}`
	for name, tt := range map[string]struct{ record, want string }{
		"none":        {`{"a":{"authorization":"x"}` + rest, `{"a":{"authorization":"x"}` + rest},
		"all of it":   {`{"a":1,"additionalEventData":{"authorization":"x, \"} y","authorizationDetail":"z"}` + rest, `{"a":1` + rest},
		"some of it":  {`{"a":1,"additionalEventData":{"keyMaterialId":"k","authorization":"x","grantId":"g"}` + rest, `{"a":1,"additionalEventData":{"keyMaterialId":"k","grantId":"g"}` + rest},
		"of services": {`{"a":1,"additionalEventData":{"serviceAccessKeyId":"AKIA","serviceSourceIPAddress":"10.0.0.1","recipient":{"x":1}}` + rest, `{"a":1,"additionalEventData":{"recipient":{"x":1}}` + rest},
		"first":       {`{"additionalEventData":{"authorization":"x"}` + rest, `{` + rest[1:]},
		"empty":       {`{"a":1,"additionalEventData":{}` + rest, `{"a":1` + rest},
	} {
		e, ok := readEntry([]byte(tt.record))
		if got := string(e.appendPublic(nil, []byte(tt.record))); !ok || got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestAppendHistory: the history has why a call was decided as it was if that tells of the
// record's account alone.
func TestAppendHistory(t *testing.T) {
	t.Parallel()
	const rest = `,"eventTime":"2026-05-20T20:45:08Z","awsRegion":"r","recipientAccountId":"1"}`
	const why = `"authorization":"x","authorizationDetail":"z"`
	for name, tt := range map[string]struct{ record, want string }{
		"its own":     {`{"a":1,"additionalEventData":{` + why + `,"authorizationAccount":"1","serviceAccessKeyId":"AKIA"}` + rest, `{"a":1,"additionalEventData":{` + why + `,"authorizationAccount":"1"}` + rest},
		"another's":   {`{"a":1,"additionalEventData":{` + why + `,"authorizationAccount":"2"}` + rest, `{"a":1` + rest},
		"nobody says": {`{"a":1,"additionalEventData":{` + why + `,"grantId":"g"}` + rest, `{"a":1,"additionalEventData":{"grantId":"g"}` + rest},
		"none":        {`{"a":1` + rest, `{"a":1` + rest},
	} {
		e, ok := readEntry([]byte(tt.record))
		got := string(e.appendHistory(nil, []byte(tt.record)))
		if !ok || got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
		if public := string(publicText([]byte(got))); strings.Contains(public, "authorization") {
			t.Errorf("%s: everybody sees %s", name, public)
		}
	}
}

// FuzzReadEntry: what the scanner reads is what a decoder reads, and what it writes has
// nothing that is for the operator alone.
func FuzzReadEntry(f *testing.F) {
	f.Add([]byte(plainRecord))
	f.Add((&cloudtrail.Event{
		ID: "i", Time: time.Unix(1, 0), Source: "kms.amazonaws.com", Name: "Encrypt", Region: "us-east-1", RecipientAccountID: "111122223333",
		AdditionalEventData: []cloudtrail.Field{{Name: cloudtrail.AuthorizationField, Value: "a"}, {Name: "b", Value: "c\"}"}},
	}).AppendJSON(nil))
	f.Fuzz(func(t *testing.T, record []byte) {
		e, ok := readEntry(record)
		if !ok || !json.Valid(record) {
			return
		}
		public := e.appendPublic(nil, record)
		var decoded map[string]json.RawMessage
		if err := json.Unmarshal(public, &decoded); err != nil {
			t.Fatalf("%s became %s: %v", record, public, err)
		}
		again, ok := readEntry(public)
		if !ok || string(again.account) != string(e.account) || string(again.region) != string(e.region) || !again.time.Equal(e.time) {
			t.Fatalf("%s became %s", record, public)
		}
		members(again.extra, func(m member) {
			if isOperatorOnly(m.name) {
				t.Errorf("%s became %s", record, public)
			}
		})
	})
}

func BenchmarkReadEntry(b *testing.B) {
	record := (&cloudtrail.Event{
		ID: "0a1b2c3d-0a1b-4c3d-8a1b-0a1b2c3d4e5f", Time: time.Unix(1, 0), Source: "kms.amazonaws.com", Name: "Encrypt", Region: "us-east-1", RecipientAccountID: "111122223333",
		AdditionalEventData: []cloudtrail.Field{{Name: cloudtrail.AuthorizationField, Value: "kms:Encrypt allowed by the key policy"}, {Name: "keyMaterialId", Value: "c"}},
		UserAgent:           "aws-sdk-go-v2/1.48.0 ua/2.1 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#amd64 api/kms#1.62.4 m/E",
		RequestParameters:   []byte(`{"keyId":"arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0a1b-4c3d-8a1b-0a1b2c3d4e5f","encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`),
	}).AppendJSON(nil)
	out := make([]byte, 0, 4096)
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		e, ok := readEntry(record)
		if !ok {
			b.Fatal("it is not read")
		}
		out = e.appendPublic(out[:0], record)
	}
}
