package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// topicKind is the kind of the records of topics: "ACCOUNT/REGION/NAME".
const topicKind = "sns-topic"

// topic is a topic. What belongs to it has its ID in its key, so that a topic that was deleted
// leaves nothing to a later one of the same name.
type topic struct {
	ID         string            `json:"id"`
	Policy     string            `json:"policy,omitempty"`    // "" means the default
	PolicyIDs  map[string]string `json:"policyIds,omitempty"` // the unique ids of its principals
	Attributes map[string]string `json:"attributes,omitempty"`
	Tags       []iam.Tag         `json:"tags,omitempty"`
	Created    time.Time         `json:"created"`

	Confirmed int `json:"confirmed,omitempty"`
	Pending   int `json:"pending,omitempty"`
	Ended     int `json:"ended,omitempty"`

	name    topicName
	version int64
}

// topicName is what an ARN says of a topic.
type topicName struct{ account, region, name string }

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (n topicName) arn() string {
	return "arn:" + iam.Partition(n.region) + ":sns:" + n.region + ":" + n.account + ":" + n.name
}

func (n topicName) key() string { return n.account + "/" + n.region + "/" + n.name }

// parseTopic reads the ARN of a topic; member is the parameter that holds it.
func parseTopic(member, arn string) (topicName, error) {
	parts := strings.Split(arn, ":")
	if len(parts) < 6 {
		return topicName{}, invalid("%s Reason: An ARN must have at least 6 elements, not %d", member, len(parts))
	}
	n := topicName{parts[4], parts[3], parts[5]}
	if len(parts) != 6 || n.arn() != arn || !accountPattern.MatchString(n.account) || !regionPattern.MatchString(n.region) || !namePattern.MatchString(n.name) {
		return topicName{}, invalid("%s", member)
	}
	return n, nil
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+$`)
)

// inRegion refuses the topic of another Region than the one that is called.
func inRegion(c *iam.Caller, member string, n topicName) error {
	if c.Region != n.region {
		return invalid("%s", member)
	}
	return nil
}

// getter is a DB, or a Tx.
type getter func(kind, key string) (store.Record, error)

func (s *Service) read(ctx context.Context) getter {
	return func(kind, key string) (store.Record, error) { return s.DB.Get(ctx, kind, key) }
}

// findTopic returns nil if there is no such topic.
func findTopic(get getter, n topicName) (*topic, error) {
	r, err := get(topicKind, n.key())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeTopic(r)
}

func decodeTopic(r store.Record) (*topic, error) {
	t := &topic{version: r.Version}
	if err := json.Unmarshal(r.Body, t); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	part := strings.SplitN(r.Key, "/", 3)
	if len(part) != 3 {
		return nil, fmt.Errorf("record %s has the key %q", r.Kind, r.Key)
	}
	t.name = topicName{part[0], part[1], part[2]}
	return t, nil
}

func (t *topic) record() (store.Record, error) {
	body, err := json.Marshal(t)
	return store.Record{Kind: topicKind, Key: t.name.key(), Version: t.version, Body: body}, err
}

func (t *topic) put(tx *store.Tx) error {
	r, err := t.record()
	if err != nil {
		return err
	}
	t.version = tx.Revision()
	return tx.Put(r)
}

// withTopic changes a topic in a transaction.
func (s *Service) withTopic(ctx context.Context, c *iam.Caller, action, member, arn string, change func(tx *store.Tx, t *topic) error) error {
	n, err := parseTopic(member, arn)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.authorized(tx.Get, c, action, member, n, nil)
		if err != nil {
			return err
		}
		return change(tx, t)
	})
}
