package sns

import (
	"context"
	"errors"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// maxEntries is how many messages one batch has.
const maxEntries = 10

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// PublishBatch sends up to ten messages to a topic. Each of them fails by itself.
//
// Source: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
func (s *Service) PublishBatch(ctx context.Context, c *iam.Caller, in *sns.PublishBatchInput) (*sns.PublishBatchOutput, error) {
	n, err := parseTopic("TopicArn", *in.TopicArn)
	if err != nil {
		return nil, err
	}
	out, all, wrong := readBatch(in.PublishBatchRequestEntries)
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err := s.authorized(tx.Get, c, "Publish", "TopicArn", n, nil)
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		for _, m := range all {
			if err := s.publish(tx, t, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readBatch reads the messages of a batch, and what is answered if they are published.
func readBatch(list []types.PublishBatchRequestEntry) (out *sns.PublishBatchOutput, all []*message, err error) {
	if err := checkBatch(list); err != nil {
		return nil, nil, err
	}
	out = &sns.PublishBatchOutput{Successful: []types.PublishBatchResultEntry{}, Failed: []types.BatchResultErrorEntry{}}
	total := 0
	for _, e := range list {
		m, err := newMessage(e.Message, e.Subject, e.MessageStructure, e.MessageAttributes)
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: new(api.ErrorCode()), Message: new(api.ErrorMessage()), SenderFault: true})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		total += m.size()
		all = append(all, m)
		out.Successful = append(out.Successful, types.PublishBatchResultEntry{Id: e.Id, MessageId: &m.ID})
	}
	if total > maxMessage {
		return nil, nil, &types.BatchRequestTooLongException{Message: new("The length of all the messages put together is more than the limit.")}
	}
	return out, all, nil
}

func checkBatch(list []types.PublishBatchRequestEntry) error {
	switch {
	case len(list) == 0:
		return &types.EmptyBatchRequestException{Message: new("The batch request doesn't contain any entries.")}
	case len(list) > maxEntries:
		return &types.TooManyEntriesInBatchRequestException{Message: new("The batch request contains more entries than permissible.")}
	}
	seen := map[string]bool{}
	for _, e := range list {
		if !entryID.MatchString(*e.Id) {
			return &types.InvalidBatchEntryIdException{Message: new("The Id of a batch entry in a batch request doesn't abide by the specification.")}
		}
		if seen[*e.Id] {
			return &types.BatchEntryIdsNotDistinctException{Message: new("Two or more batch entries in the request have the same Id.")}
		}
		seen[*e.Id] = true
	}
	return nil
}
