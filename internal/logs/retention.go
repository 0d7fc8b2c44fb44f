package logs

import (
	"context"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// retentions are the days that a policy may have.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

const day = 24 * time.Hour

func (g *group) retention() time.Duration { return time.Duration(g.Retention) * day }

// PutRetentionPolicy says for how many days a group keeps events.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
func (s *Service) PutRetentionPolicy(ctx context.Context, c *iam.Caller, in *sdk.PutRetentionPolicyInput) (*sdk.PutRetentionPolicyOutput, error) {
	g, err := s.admit(ctx, c, "PutRetentionPolicy", *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(retentions, *in.RetentionInDays) {
		return nil, invalid("1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %v",
			*in.RetentionInDays, retentions)
	}
	return nil, s.retain(ctx, g, *in.RetentionInDays)
}

// DeleteRetentionPolicy lets a group keep its events for ever.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html
func (s *Service) DeleteRetentionPolicy(ctx context.Context, c *iam.Caller, in *sdk.DeleteRetentionPolicyInput) (*sdk.DeleteRetentionPolicyOutput, error) {
	g, err := s.admit(ctx, c, "DeleteRetentionPolicy", *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	return nil, s.retain(ctx, g, 0)
}

// retain changes the group first: streams that are made from then on have its policy. Those
// that it has follow, some in each transaction. A call that was broken off is made good by the
// next one.
func (s *Service) retain(ctx context.Context, g *group, days int32) error {
	err := s.change(ctx, g, func(_ *store.Tx, g *group) error {
		g.Retention = days
		return nil
	})
	for last := ""; err == nil; {
		var records []store.Record
		err = s.db.Update(ctx, func(tx *store.Tx) error {
			now, err := g.again(tx)
			if err != nil {
				return err
			}
			if records, err = tx.Scan(streamKind, store.Range{Prefix: g.ID + "/", After: last, Limit: cleanedAtOnce}); err != nil {
				return err
			}
			for _, r := range records {
				st, err := decodeStream(r)
				if err != nil {
					return err
				}
				if err := s.events.Retain(tx, st.log(), now.retention()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(records) < cleanedAtOnce {
			break
		}
		last = records[len(records)-1].Key
	}
	return err
}
