package clients

import (
	"strings"
	"testing"
)

// cliRules does what there is to do with rules, their targets and buses.
func cliRules(t *testing.T, c cli) {
	const group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/cli"
	c.text("logs", "create-log-group", "--log-group-name", "/aws/events/cli")
	c.text("logs", "put-resource-policy", "--policy-name", "events", "--policy-document",
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"`+group+`:*"}}`)
	bus := c.query("EventBusArn", "events", "create-event-bus", "--name", "cli", "--tags", "Key=team,Value=red")
	if bus != "arn:aws:events:us-east-1:000000000000:event-bus/cli" {
		t.Errorf("create-event-bus: %q", bus)
	}
	rule := c.query("RuleArn", "events", "put-rule", "--name", "r", "--event-bus-name", "cli", "--event-pattern", `{"source":["cli"],"detail":{"n":[{"numeric":[">",1]}]}}`)
	if rule != "arn:aws:events:us-east-1:000000000000:rule/cli/r" {
		t.Errorf("put-rule: %q", rule)
	}
	if got := c.query("FailedEntryCount", "events", "put-targets", "--rule", "r", "--event-bus-name", "cli", "--targets", "Id=log,Arn="+group); got != "0" {
		t.Errorf("put-targets: %s failed", got)
	}
	for want, args := range map[string][]string{
		"log":     {"Targets[].Id", "events", "list-targets-by-rule", "--rule", "r", "--event-bus-name", "cli"},
		"r":       {"RuleNames", "events", "list-rule-names-by-target", "--target-arn", group, "--event-bus-name", "cli"},
		rule:      {"Rules[].Arn", "events", "list-rules", "--event-bus-name", "cli"},
		"ENABLED": {"State", "events", "describe-rule", "--name", "r", "--event-bus-name", "cli"},
		bus:       {"Arn", "events", "describe-event-bus", "--name", "cli"},
		"cli":     {"EventBuses[?Name=='cli'].Name", "events", "list-event-buses"},
		"True":    {"Result", "events", "test-event-pattern", "--event-pattern", `{"source":["cli"]}`, "--event", `{"id":"1","account":"000000000000","source":"cli","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail-type":"t","detail":{}}`},
	} {
		if got := c.query(args[0], args[1:]...); got != want {
			t.Errorf("%v: %q, want %q", args, got, want)
		}
	}
	if got := c.query("FailedEntryCount", "events", "put-events", "--entries",
		`[{"Source":"cli","DetailType":"t","Detail":"{\"n\":1}","EventBusName":"cli"},{"Source":"cli","DetailType":"t","Detail":"{\"n\":2}","EventBusName":"cli"}]`); got != "0" {
		t.Errorf("put-events: %s failed", got)
	}
	eventually(t, "the event in the log group", func() bool {
		got := c.query("events[].message", "logs", "filter-log-events", "--log-group-name", "/aws/events/cli")
		return strings.Contains(got, `"detail":{"n":2}`) && !strings.Contains(got, `"n":1`)
	})
	c.text("events", "disable-rule", "--name", "r", "--event-bus-name", "cli")
	c.text("events", "enable-rule", "--name", "r", "--event-bus-name", "cli")
	c.text("events", "tag-resource", "--resource-arn", bus, "--tags", "Key=stage,Value=prod")
	c.text("events", "untag-resource", "--resource-arn", bus, "--tag-keys", "team")
	if got := c.query("Tags[].join('=',[Key,Value])", "events", "list-tags-for-resource", "--resource-arn", bus); got != "stage=prod" {
		t.Errorf("list-tags-for-resource: %q", got)
	}
	c.text("events", "remove-targets", "--rule", "r", "--event-bus-name", "cli", "--ids", "log")
	c.text("events", "delete-rule", "--name", "r", "--event-bus-name", "cli")
	c.text("events", "delete-event-bus", "--name", "cli")
}

// cliDestinations keeps what calls of an HTTPS endpoint need.
func cliDestinations(t *testing.T, c cli) {
	made := c.query("ConnectionArn", "events", "create-connection", "--name", "cli", "--authorization-type", "API_KEY",
		"--auth-parameters", `{"ApiKeyAuthParameters":{"ApiKeyName":"X-Key","ApiKeyValue":"hunter2"}}`)
	if !strings.HasPrefix(made, "arn:aws:events:us-east-1:000000000000:connection/cli/") {
		t.Fatalf("create-connection: %q", made)
	}
	c.text("events", "update-connection", "--name", "cli", "--description", "für 🗝")
	out := c.text("events", "describe-connection", "--name", "cli")
	if !strings.Contains(out, `"ApiKeyName": "X-Key"`) || strings.Contains(out, "hunter2") {
		t.Errorf("describe-connection: %s", out)
	}
	if got := c.query("Connections[?Name=='cli'].ConnectionArn", "events", "list-connections"); got != made {
		t.Errorf("list-connections: %q", got)
	}
	destination := c.query("ApiDestinationArn", "events", "create-api-destination", "--name", "cli", "--connection-arn", made,
		"--invocation-endpoint", "https://hooks.example.com/events", "--http-method", "POST")
	c.text("events", "update-api-destination", "--name", "cli", "--http-method", "PUT")
	if got := c.query("[HttpMethod,ApiDestinationArn]", "events", "describe-api-destination", "--name", "cli"); got != "PUT\t"+destination {
		t.Errorf("describe-api-destination: %q", got)
	}
	if got := c.query("ApiDestinations[?Name=='cli'].ApiDestinationArn", "events", "list-api-destinations"); got != destination {
		t.Errorf("list-api-destinations: %q", got)
	}
	c.text("events", "delete-api-destination", "--name", "cli")
	c.text("events", "deauthorize-connection", "--name", "cli")
	c.text("events", "delete-connection", "--name", "cli")
}
