package eventbridge

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/keystead/keystead/internal/store"
)

// ruleKind is the kind of the records of rules. A record's key is ACCOUNT/REGION/BUS/NAME; one
// with a schedule is due when it fires next.
const ruleKind = "event-rule"

// rule is a rule with its targets.
type rule struct {
	Description string            `json:"description,omitempty"`
	Pattern     string            `json:"pattern,omitempty"`
	Schedule    string            `json:"schedule,omitempty"`
	State       types.RuleState   `json:"state"`
	Role        string            `json:"role,omitempty"`
	Creator     string            `json:"creator"` // the account that made it
	Created     time.Time         `json:"created"`
	Tags        map[string]string `json:"tags,omitempty"`
	Targets     []target          `json:"targets,omitempty"`

	place   busPlace
	name    string
	due     time.Time
	version int64
}

// target is where a rule sends events.
type target struct {
	ID        string                  `json:"id"`
	ARN       string                  `json:"arn"`
	Role      string                  `json:"role,omitempty"`
	Input     *string                 `json:"input,omitempty"`
	InputPath *string                 `json:"inputPath,omitempty"`
	Transform *types.InputTransformer `json:"transform,omitempty"`
	HTTP      *types.HttpParameters   `json:"http,omitempty"`
	Dead      string                  `json:"dead,omitempty"` // ARN of the log group for what can't be delivered
	Retry     *types.RetryPolicy      `json:"retry,omitempty"`
}

func (r *rule) key() string { return r.place.key() + "/" + r.name }

// arn names the bus only if it is not the default one.
func (r *rule) arn() string { return ruleARN(r.place, r.name) }

func ruleARN(p busPlace, name string) string {
	if p.name != defaultBus {
		name = p.name + "/" + name
	}
	return p.arnOf("rule/" + name)
}

// enabled reports whether the rule does anything.
func (r *rule) enabled() bool { return r.State != types.RuleStateDisabled }

// seesAll reports whether the rule sees management events that only read.
func (r *rule) seesAll() bool {
	return r.State == types.RuleStateEnabledWithAllCloudtrailManagementEvents
}

func decodeRule(r store.Record) (*rule, error) {
	parts := strings.SplitN(r.Key, "/", 4)
	if len(parts) != 4 {
		return nil, fmt.Errorf("record %s %q has no such key", r.Kind, r.Key)
	}
	x := &rule{place: busPlace{parts[0], parts[1], parts[2]}, name: parts[3], due: r.Due, version: r.Version}
	if err := json.Unmarshal(r.Body, x); err != nil {
		return nil, fmt.Errorf("decode record %s %q: %w", r.Kind, r.Key, err)
	}
	return x, nil
}

// put writes the rule. One that was not read must not be there.
func (r *rule) put(tx *store.Tx) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	record := store.Record{Kind: ruleKind, Key: r.key(), Due: r.due, Version: r.version, Body: body}
	if r.version == 0 {
		return tx.Insert(record)
	}
	return tx.Put(record)
}

// reader is what reads records: the database or a transaction.
type reader interface {
	Get(kind, key string) (store.Record, error)
}
