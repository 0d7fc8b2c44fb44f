package trail

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// PutEventSelectors says which events a trail delivers.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
func (s *Service) PutEventSelectors(ctx context.Context, c *iam.Caller, in *cloudtrail.PutEventSelectorsInput) (*cloudtrail.PutEventSelectorsOutput, error) {
	n, err := parseName(c, *in.TrailName)
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	wrong := ""
	switch {
	case len(in.EventSelectors) > 0 && len(in.AdvancedEventSelectors) > 0:
		wrong = "You can use either EventSelectors or AdvancedEventSelectors, but not both."
	case len(in.AdvancedEventSelectors) > 0:
		wrong = checkAdvanced(in.AdvancedEventSelectors)
	default:
		wrong = checkBasic(in.EventSelectors)
	}
	var t *trail
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		if t, err = s.own(inTx{tx}, c, "PutEventSelectors", n, nil); err != nil {
			return err
		}
		if wrong != "" {
			return badSelectors(wrong)
		}
		t.Selectors = selectors{in.EventSelectors, in.AdvancedEventSelectors}
		t.Selectors.complete()
		return t.put(tx)
	})
	if err != nil {
		return nil, err
	}
	touch(c, t)
	return &cloudtrail.PutEventSelectorsOutput{
		TrailARN: new(t.arn()), EventSelectors: t.Selectors.Basic, AdvancedEventSelectors: t.Selectors.Advanced,
	}, nil
}

// complete fills in what a caller did not say.
func (s *selectors) complete() {
	for i := range s.Basic {
		b := &s.Basic[i]
		if b.ReadWriteType == "" {
			b.ReadWriteType = types.ReadWriteTypeAll
		}
		if b.IncludeManagementEvents == nil {
			b.IncludeManagementEvents = new(true)
		}
		if b.DataResources == nil {
			b.DataResources = []types.DataResource{}
		}
		if b.ExcludeManagementEventSources == nil {
			b.ExcludeManagementEventSources = []string{}
		}
	}
}

// GetEventSelectors tells which events a trail delivers.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
func (s *Service) GetEventSelectors(ctx context.Context, c *iam.Caller, in *cloudtrail.GetEventSelectorsInput) (*cloudtrail.GetEventSelectorsOutput, error) {
	t, err := s.read(ctx, c, "GetEventSelectors", *in.TrailName)
	if err != nil {
		return nil, err
	}
	chosen := t.Selectors
	if !chosen.custom() {
		chosen.Basic = []types.EventSelector{{}}
	}
	chosen.complete()
	return &cloudtrail.GetEventSelectorsOutput{
		TrailARN: new(t.arn()), EventSelectors: chosen.Basic, AdvancedEventSelectors: chosen.Advanced,
	}, nil
}
