package clients

import (
	"strings"
	"testing"
)

// cliTrails makes a trail, sets what it has, and looks up what it was told of.
func cliTrails(t *testing.T, c cli) {
	made := c.answer("cloudtrail", "create-trail", "--name", "cli", "--s3-bucket-name", "cli-trail", "--s3-key-prefix", "audit",
		"--enable-log-file-validation", "--is-multi-region-trail", "--tags-list", "Key=team,Value=red")
	arn := made["TrailARN"].(string)
	if arn != "arn:aws:cloudtrail:us-east-1:000000000000:trail/cli" || made["LogFileValidationEnabled"] != true || made["IsMultiRegionTrail"] != true {
		t.Errorf("create-trail answers %v", made)
	}
	c.fails("TrailAlreadyExistsException", "Trail cli already exists for customer: 000000000000", "cloudtrail", "create-trail", "--name", "cli", "--s3-bucket-name", "cli-trail")
	c.text("cloudtrail", "start-logging", "--name", "cli")
	if got := c.query("IsLogging", "cloudtrail", "get-trail-status", "--name", arn); got != "True" {
		t.Errorf("is logging: %s", got)
	}
	if got := c.query("S3KeyPrefix", "cloudtrail", "update-trail", "--name", "cli", "--s3-key-prefix", "other"); got != "other" {
		t.Errorf("update-trail: prefix %q", got)
	}
	if got := c.query("Trail.HasCustomEventSelectors", "cloudtrail", "get-trail", "--name", "cli"); got != "False" {
		t.Errorf("get-trail: custom selectors %s", got)
	}
	if got := c.query("trailList[?Name=='cli'].[HomeRegion,S3BucketName]", "cloudtrail", "describe-trails"); got != "us-east-1\tcli-trail" {
		t.Errorf("describe-trails: %q", got)
	}
	if got := c.query("trailList[].Name", "cloudtrail", "describe-trails", "--trail-name-list", "cli", "--no-include-shadow-trails"); got != "cli" {
		t.Errorf("describe-trails of one: %q", got)
	}
	if got := c.query("Trails[?Name=='cli'].TrailARN", "cloudtrail", "list-trails"); got != arn {
		t.Errorf("list-trails: %q", got)
	}
	cliSelectors(t, c)
	c.text("cloudtrail", "add-tags", "--resource-id", arn, "--tags-list", "Key=stage,Value=prod")
	c.text("cloudtrail", "remove-tags", "--resource-id", arn, "--tags-list", "Key=team")
	if got := c.query("ResourceTagList[].TagsList[].join('=',[Key,Value])", "cloudtrail", "list-tags", "--resource-id-list", arn); got != "stage=prod" {
		t.Errorf("list-tags: %q", got)
	}
	c.text("cloudtrail", "list-public-keys")
	c.text("cloudtrail", "stop-logging", "--name", "cli")
	c.text("cloudtrail", "delete-trail", "--name", "cli")
	c.fails("TrailNotFoundException", "Unknown trail: cli for the user: 000000000000", "cloudtrail", "get-trail", "--name", "cli")
}

// cliSelectors leaves the events of KMS out of a trail, as the console offers it.
func cliSelectors(t *testing.T, c cli) {
	c.text("cloudtrail", "put-event-selectors", "--trail-name", "cli", "--event-selectors",
		`[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":["kms.amazonaws.com"]}]`)
	if got := c.query("EventSelectors[].ExcludeManagementEventSources[]", "cloudtrail", "get-event-selectors", "--trail-name", "cli"); got != "kms.amazonaws.com" {
		t.Errorf("get-event-selectors: %q", got)
	}
}

// cliLookup finds an event in the history by its attributes.
func cliLookup(t *testing.T, c cli) {
	id := c.newKey("--description", "for the history")
	var got string
	eventually(t, "the event of the key", func() bool {
		got = c.query("Events[].CloudTrailEvent", "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=ResourceName,AttributeValue="+
			c.query("KeyMetadata.Arn", "kms", "describe-key", "--key-id", id))
		return strings.Contains(got, `"eventName":"CreateKey"`)
	})
	if !strings.Contains(got, id) || !strings.Contains(got, `"eventCategory":"Management"`) {
		t.Errorf("lookup-events: %s", got)
	}
}
