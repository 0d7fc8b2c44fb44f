package cloudwatch

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// PutDashboard makes a dashboard or replaces what is on it. Tags count for new ones only.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
func (s *Service) PutDashboard(ctx context.Context, c *iam.Caller, in *cloudwatch.PutDashboardInput) (*cloudwatch.PutDashboardOutput, error) {
	name, tags := value(in.DashboardName), tagMap(in.Tags)
	faults, bodyErr := checkDashboard(value(in.DashboardBody))
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		old, err := openDashboard(tx, c.Principal.Account, name)
		if err != nil {
			return err
		}
		if err := authorizePut(c, name, old, tags); err != nil {
			return err
		}
		switch {
		case checkDashboardName(name) != nil:
			return checkDashboardName(name)
		case bodyErr != nil:
			return bodyErr
		case len(faults) > 0:
			return errDashboard(faults)
		}
		d := &dashboard{Body: *in.DashboardBody, Modified: s.clock.Now(), Tags: tags}
		if old != nil {
			d.Tags = old.Tags
		} else if err := checkTags(tags, len(in.Tags)); err != nil {
			return err
		}
		return d.write(tx, c.Principal.Account, name)
	})
	if err != nil {
		return nil, err
	}
	return &cloudwatch.PutDashboardOutput{DashboardValidationMessages: []types.DashboardValidationMessage{}}, nil
}

// authorizePut decides about making or changing a dashboard: who gives a new one tags must be
// allowed to do that too.
func authorizePut(c *iam.Caller, name string, old *dashboard, tags map[string]string) error {
	known := old
	if known == nil {
		known = new(dashboard)
	}
	if err := authorizeDashboard(c, "PutDashboard", name, known, tagKeys(tags)); err != nil {
		return err
	}
	if old == nil && len(tags) > 0 {
		return authorizeDashboard(c, "TagResource", name, known, tagKeys(tags))
	}
	return nil
}

func tagMap(tags []types.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range tags {
		m[value(t.Key)] = value(t.Value)
	}
	return m
}

// maxTags is how many tags a dashboard has.
const maxTags = 50

// checkTags checks the tags that a dashboard will have; given is how many were given.
func checkTags(tags map[string]string, given int) error {
	if len(tags) < given {
		return errValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	}
	if len(tags) > maxTags {
		return errValue("The maximum number of tags (%d) for a resource is exceeded.", maxTags)
	}
	for name := range tags {
		if strings.HasPrefix(strings.ToLower(name), "aws:") {
			return errValue("Tag keys starting with 'aws:' are reserved for system use.")
		}
	}
	return nil
}
