package sns

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateTopic makes a topic, or finds the one that there is.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
func (s *Service) CreateTopic(ctx context.Context, c *iam.Caller, in *sns.CreateTopicInput) (*sns.CreateTopicOutput, error) {
	n := topicName{c.Principal.Account, c.Region, *in.Name}
	tags, err := newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	if err := s.authorizeCreate(c, n, tags); err != nil {
		return nil, err
	}
	if err := checkName(in); err != nil {
		return nil, err
	}
	t := &topic{ID: newID(), Tags: tags, Created: s.now(), name: n}
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if err := s.setTopicAttribute(ctx, t, name, in.Attributes[name], true); err != nil {
			return nil, err
		}
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		old, err := findTopic(tx.Get, n)
		if err != nil {
			return err
		}
		if old != nil {
			return old.sameAs(t, in.Attributes)
		}
		if err := s.countTopic(tx, n); err != nil {
			return err
		}
		r, err := t.record()
		if err != nil {
			return err
		}
		return tx.Insert(r)
	})
	if err != nil {
		return nil, err
	}
	return &sns.CreateTopicOutput{TopicArn: new(n.arn())}, nil
}

func (s *Service) authorizeCreate(c *iam.Caller, n topicName, tags []iam.Tag) error {
	a := &iam.Access{Action: "SNS:CreateTopic", ARN: n.arn(), Account: n.account, Context: keys{}.ofRequest(tags)}
	if err := c.Authorize(a); err != nil || len(tags) == 0 {
		return err
	}
	a.Action = "SNS:TagResource"
	return c.Authorize(a)
}

func checkName(in *sns.CreateTopicInput) error {
	switch {
	case strings.HasSuffix(*in.Name, ".fifo") || in.Attributes["FifoTopic"] == "true":
		return invalid("FifoTopic Reason: FIFO topics are not supported")
	case !namePattern.MatchString(*in.Name):
		return invalid("Topic Name")
	case in.DataProtectionPolicy != nil:
		return invalid("DataProtectionPolicy Reason: data protection policies are not supported")
	}
	return nil
}

// sameAs refuses to find a topic that was asked for with other attributes or tags.
func (t *topic) sameAs(asked *topic, attributes map[string]string) error {
	for name := range attributes {
		if name == "Policy" && t.policy() != asked.policy() || name != "Policy" && t.Attributes[name] != asked.Attributes[name] {
			return invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	if len(asked.Tags) > 0 && !slices.Equal(sorted(t.Tags), sorted(asked.Tags)) {
		return invalid("Tags Reason: Topic already exists with different tags")
	}
	return nil
}

// maxTopics is how many topics an account has in a Region: fewer than AWS's 100,000.
const maxTopics = 10_000

func (s *Service) countTopic(tx *store.Tx, n topicName) error {
	topics, err := tx.Count(topicKind, n.account+"/"+n.region+"/")
	if err != nil {
		return err
	}
	if topics >= maxTopics {
		return &types.TopicLimitExceededException{Message: new("Topic limit exceeded")}
	}
	return nil
}

// DeleteTopic removes a topic with its subscriptions.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
func (s *Service) DeleteTopic(ctx context.Context, c *iam.Caller, in *sns.DeleteTopicInput) (*sns.DeleteTopicOutput, error) {
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	return nil, s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.authorized(tx.Get, c, "DeleteTopic", "TopicArn", n, nil)
		if isNoTopic(err) {
			return nil // deleting what is not there is no error
		}
		if err != nil {
			return err
		}
		if err := tx.Delete(topicKind, n.key()); err != nil {
			return err
		}
		return orphan(tx, t)
	})
}

// ListTopics lists the account's topics.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html
func (s *Service) ListTopics(ctx context.Context, c *iam.Caller, in *sns.ListTopicsInput) (*sns.ListTopicsOutput, error) {
	if err := authorize(c, "ListTopics"); err != nil {
		return nil, err
	}
	after, err := from(in.NextToken)
	if err != nil {
		return nil, err
	}
	prefix := c.Principal.Account + "/" + c.Region + "/"
	r := store.Range{Prefix: prefix, Limit: pageSize + 1}
	if after != "" {
		r.After = prefix + after
	}
	records, err := s.DB.Scan(ctx, topicKind, r)
	if err != nil {
		return nil, err
	}
	out := &sns.ListTopicsOutput{Topics: []types.Topic{}}
	for i, r := range records {
		if i == pageSize {
			out.NextToken = token(strings.TrimPrefix(records[i-1].Key, prefix))
			break
		}
		t, err := decodeTopic(r)
		if err != nil {
			return nil, err
		}
		out.Topics = append(out.Topics, types.Topic{TopicArn: new(t.name.arn())})
	}
	return out, nil
}
