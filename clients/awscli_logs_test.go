package clients

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// cliLogGroups does what there is to do with groups and their settings.
func cliLogGroups(t *testing.T, c cli) {
	const group, arn = "/cli/groups", "arn:aws:logs:us-east-1:000000000000:log-group:/cli/groups"
	c.text("logs", "create-log-group", "--log-group-name", group, "--tags", "team=red")
	c.fails("ResourceAlreadyExistsException", "The specified log group already exists", "logs", "create-log-group", "--log-group-name", group)
	c.fails("InvalidParameterException", `1 validation error detected: Value 'no space' at 'logGroupName' failed to satisfy constraint: `+
		`Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`, "logs", "create-log-group", "--log-group-name", "no space")
	c.text("logs", "put-retention-policy", "--log-group-name", group, "--retention-in-days", "30")
	if got := c.query("logGroups[].[logGroupName,arn,retentionInDays]", "logs", "describe-log-groups", "--log-group-name-prefix", "/cli/g"); got != group+"\t"+arn+":*\t30" {
		t.Errorf("describe-log-groups: %q", got)
	}
	c.text("logs", "delete-retention-policy", "--log-group-name", group)
	key := c.query("KeyMetadata.Arn", "kms", "create-key", "--policy", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"`+root+`"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*","kms:ReEncrypt*","kms:Describe*"],
		 "Resource":"*","Condition":{"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"`+arn+`"}}}]}`)
	c.text("logs", "associate-kms-key", "--log-group-name", group, "--kms-key-id", key)
	if got := c.query("logGroups[].kmsKeyId", "logs", "describe-log-groups", "--log-group-name-prefix", group); got != key {
		t.Errorf("the group's key is %q, want %s", got, key)
	}
	c.text("logs", "disassociate-kms-key", "--log-group-name", group)
	c.text("logs", "tag-log-group", "--log-group-name", group, "--tags", "stage=prod")
	c.text("logs", "untag-log-group", "--log-group-name", group, "--tags", "team")
	if got := c.query("tags.stage", "logs", "list-tags-log-group", "--log-group-name", group); got != "prod" {
		t.Errorf("list-tags-log-group: %q", got)
	}
	c.text("logs", "tag-resource", "--resource-arn", arn, "--tags", "a=b")
	c.text("logs", "untag-resource", "--resource-arn", arn, "--tag-keys", "stage")
	if got := c.query("tags", "logs", "list-tags-for-resource", "--resource-arn", arn); got != "b" {
		t.Errorf("list-tags-for-resource: %q", got)
	}
	c.text("logs", "put-resource-policy", "--policy-name", "cli", "--policy-document",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"`+arn+`:*"}]}`)
	if got := c.query("resourcePolicies[?policyName=='cli'].policyName", "logs", "describe-resource-policies"); got != "cli" {
		t.Errorf("describe-resource-policies: %q", got)
	}
	c.text("logs", "delete-resource-policy", "--policy-name", "cli")
	c.text("logs", "delete-log-group", "--log-group-name", group)
	c.fails("ResourceNotFoundException", "The specified log group does not exist.", "logs", "delete-log-group", "--log-group-name", group)
}

// cliLogEvents writes events into a stream and finds them again.
func cliLogEvents(t *testing.T, c cli) {
	const group, stream = "/cli/events", "one"
	c.text("logs", "create-log-group", "--log-group-name", group)
	c.text("logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", stream)
	now := time.Now().UnixMilli()
	at := func(ago int64) string { return strconv.FormatInt(now-ago, 10) }
	c.text("logs", "put-log-events", "--log-group-name", group, "--log-stream-name", stream, "--log-events",
		`[{"timestamp":`+at(2000)+`,"message":"[ERROR] für Grüße 🗝"},{"timestamp":`+at(1000)+`,"message":"{\"code\":7,\"ok\":true}"}]`)
	if got := c.query("logStreams[].[logStreamName,firstEventTimestamp]", "logs", "describe-log-streams", "--log-group-name", group); got != stream+"\t"+at(2000) {
		t.Errorf("describe-log-streams: %q", got)
	}
	if got := c.query("events[].message", "logs", "get-log-events", "--log-group-name", group, "--log-stream-name", stream, "--start-from-head"); got != "[ERROR] für Grüße 🗝\t"+`{"code":7,"ok":true}` {
		t.Errorf("get-log-events: %q", got)
	}
	for pattern, want := range map[string]string{"ERROR": "[ERROR] für Grüße 🗝", "{ $.code > 6 && $.ok IS TRUE }": `{"code":7,"ok":true}`, "-ERROR -code": ""} {
		if got := c.query("events[].message", "logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", pattern); got != want {
			t.Errorf("filter-log-events %s: %q, want %q", pattern, got, want)
		}
	}
	c.text("logs", "delete-log-stream", "--log-group-name", group, "--log-stream-name", stream)
	c.text("logs", "delete-log-group", "--log-group-name", group)
}

// cliMetricFilters counts what a pattern finds.
func cliMetricFilters(t *testing.T, c cli) {
	const group = "/cli/filters"
	c.text("logs", "create-log-group", "--log-group-name", group)
	c.text("logs", "put-metric-filter", "--log-group-name", group, "--filter-name", "f", "--filter-pattern", pendingPattern,
		"--metric-transformations", "metricName=Pending,metricNamespace=CLI,metricValue=1,defaultValue=0")
	if got := c.query("metricFilters[].[filterName,metricTransformations[0].metricName]", "logs", "describe-metric-filters", "--log-group-name", group); got != "f\tPending" {
		t.Errorf("describe-metric-filters: %q", got)
	}
	if got := c.query("matches[].eventNumber", "logs", "test-metric-filter", "--filter-pattern", pendingPattern, "--log-event-messages",
		`["{\"eventSource\":\"kms.amazonaws.com\",\"errorMessage\":\"arn:x is pending deletion.\"}","{}"]`); got != "1" {
		t.Errorf("test-metric-filter: %q", got)
	}
	if _, errs, status := c.run("logs", "put-metric-filter", "--log-group-name", group, "--filter-name", "g", "--filter-pattern", "{ $.a = ", "--metric-transformations",
		"metricName=G,metricNamespace=CLI,metricValue=1"); status != statusService || !strings.Contains(errs, "(InvalidParameterException)") {
		t.Errorf("a pattern that is none: exit status %d, %s", status, errs)
	}
	c.text("logs", "delete-metric-filter", "--log-group-name", group, "--filter-name", "f")
	c.text("logs", "delete-log-group", "--log-group-name", group)
}
