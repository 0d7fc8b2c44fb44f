package eventbridge

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// record is what the translation reads of a CloudTrail record.
type record struct {
	EventTime           time.Time
	EventSource         string
	EventName           string
	EventType           string
	AWSRegion           string
	ErrorCode           string
	ReadOnly            bool
	RecipientAccountID  string
	ServiceEventDetails map[string]string
	Resources           []struct{ Type, ARN string }
}

// FromRecord returns the events that a CloudTrail record becomes, as the account that receives
// it may see it: one that has the record as its detail, and for a service event of KMS the one
// that KMS sends itself. It keeps the record.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html and
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
func FromRecord(text []byte) ([]Event, error) {
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read an audit record: %w", err)
	}
	service, _, _ := strings.Cut(r.EventSource, ".")
	e := Event{
		ID: cloudtrail.NewID(), Source: "aws." + service, DetailType: "AWS API Call via CloudTrail",
		Account: r.RecipientAccountID, Region: r.AWSRegion, Time: r.EventTime, Detail: text, ReadOnly: r.ReadOnly,
	}
	if r.EventType == "AwsServiceEvent" {
		e.DetailType = "AWS Service Event via CloudTrail"
	}
	events := []Event{e}
	if own, ok := r.ofKMS(); ok {
		events = append(events, own)
	}
	return events, nil
}

// kmsEvents are the events that KMS sends itself, by the name of the record that tells of the
// same: the detail's members with the record's names for them, in order.
var kmsEvents = map[string]struct {
	detailType string
	members    [][2]string
}{
	"RotateKey": {"KMS CMK Rotation", [][2]string{
		{"key-id", "keyId"}, {"key-origin", "keyOrigin"}, {"rotation-type", "rotationType"},
		{"previous-key-material-id", "previousKeyMaterialId"}, {"current-key-material-id", "currentKeyMaterialId"},
	}},
	"DeleteExpiredKeyMaterial": {"KMS Imported Key Material Expiration", [][2]string{{"key-id", "keyId"}, {"key-material-id", "keyMaterialId"}}},
	"DeleteKey":                {"KMS CMK Deletion", [][2]string{{"key-id", "keyId"}}},
}

func (r *record) ofKMS() (Event, bool) {
	kind, ok := kmsEvents[r.EventName]
	if !ok || r.EventSource != "kms.amazonaws.com" || r.EventType != "AwsServiceEvent" || r.ErrorCode != "" {
		return Event{}, false
	}
	e := Event{
		ID: cloudtrail.NewID(), Source: "aws.kms", DetailType: kind.detailType,
		Account: r.RecipientAccountID, Region: r.AWSRegion, Time: r.EventTime,
	}
	for _, resource := range r.Resources {
		if resource.Type == "AWS::KMS::Key" {
			e.Resources = append(e.Resources, resource.ARN)
		}
	}
	e.Detail = append(e.Detail, '{')
	for _, m := range kind.members {
		value, ok := r.ServiceEventDetails[m[1]]
		if !ok {
			continue
		}
		if len(e.Detail) > 1 {
			e.Detail = append(e.Detail, ',')
		}
		e.Detail = append(appendString(e.Detail, m[0]), ':')
		e.Detail = appendString(e.Detail, value)
	}
	e.Detail = append(e.Detail, '}')
	return e, true
}
