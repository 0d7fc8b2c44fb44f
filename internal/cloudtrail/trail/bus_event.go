package trail

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/eventstore"
)

// What events are called on the bus.
//
// Sources: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-aws-service-specific-topics.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
const (
	apiCall      = "AWS API Call via CloudTrail"
	serviceEvent = "AWS Service Event via CloudTrail"
)

// busEvents makes of events what rules see. As with AWS, calls reach rules if a trail logs
// them; what KMS tells of itself does so always.
func busEvents(p partition, events []eventstore.Event, over []*trail) []BusEvent {
	var bus []BusEvent
	for _, ev := range events {
		e, ok := readEntry(ev.Text)
		if !ok {
			continue
		}
		if slices.ContainsFunc(over, func(t *trail) bool { return t.takes(&e) }) {
			bus = append(bus, viaCloudTrail(p, &e, ev.Text))
		}
		if string(e.source) == "kms.amazonaws.com" && string(e.kind) == "AwsServiceEvent" {
			if b, ok := ofKMS(p, &e, ev.Text); ok {
				bus = append(bus, b)
			}
		}
	}
	return bus
}

func viaCloudTrail(p partition, e *entry, text []byte) BusEvent {
	source, _, _ := strings.Cut(string(e.source), ".")
	b := BusEvent{
		ID: string(e.id), Source: "aws." + source, DetailType: apiCall, Account: p.account, Region: p.region,
		Time: e.time, Resources: []string{}, Detail: text, ReadOnly: e.readOnly,
	}
	if string(e.kind) == "AwsServiceEvent" {
		b.DetailType = serviceEvent
	}
	return b
}

// ofKMS is the event that KMS itself sends.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
func ofKMS(p partition, e *entry, text []byte) (BusEvent, bool) {
	var w struct {
		ServiceEventDetails map[string]any
		Resources           []struct{ ARN string }
	}
	if json.Unmarshal(text, &w) != nil || len(w.Resources) == 0 {
		return BusEvent{}, false
	}
	arn := w.Resources[0].ARN
	_, id, _ := strings.Cut(arn, ":key/")
	detail := map[string]any{"key-id": id}
	take := func(name, member string) {
		if v, ok := w.ServiceEventDetails[member]; ok {
			detail[name] = v
		}
	}
	b := BusEvent{Source: "aws.kms", Account: p.account, Region: p.region, Time: e.time, Resources: []string{arn}}
	switch string(e.name) {
	case "RotateKey":
		b.DetailType = "KMS CMK Rotation"
		take("key-origin", "keyOrigin")
		take("rotation-type", "rotationType")
		take("previous-key-material-id", "previousKeyMaterialId")
		take("current-key-material-id", "currentKeyMaterialId")
	case "DeleteExpiredKeyMaterial":
		b.DetailType = "KMS Imported Key Material Expiration"
		take("key-material-id", "keyMaterialId")
	case "DeleteKey":
		b.DetailType = "KMS CMK Deletion"
	default:
		return b, false
	}
	var err error
	b.ID = cloudtrail.NewID()
	b.Detail, err = json.Marshal(detail)
	return b, err == nil
}
