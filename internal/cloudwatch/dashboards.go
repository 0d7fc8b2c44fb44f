package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/marker"
	"github.com/keystead/keystead/internal/store"
)

// GetDashboard tells what is on a dashboard.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
func (s *Service) GetDashboard(ctx context.Context, c *iam.Caller, in *cloudwatch.GetDashboardInput) (*cloudwatch.GetDashboardOutput, error) {
	name := value(in.DashboardName)
	d, err := openDashboard(outside{ctx, s.db}, c.Principal.Account, name)
	if err != nil {
		return nil, err
	}
	if err := authorizeDashboard(c, "GetDashboard", name, d, nil); err != nil {
		return nil, err
	}
	if err := checkDashboardName(name); err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errNoDashboard(name)
	}
	return &cloudwatch.GetDashboardOutput{
		DashboardArn: new(dashboardARN(c.Principal.Account, name)), DashboardName: &name, DashboardBody: &d.Body,
	}, nil
}

// maxDashboards is how many dashboards a page has.
const maxDashboards = 500

// ListDashboards lists the account's dashboards.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListDashboards.html
func (s *Service) ListDashboards(ctx context.Context, c *iam.Caller, in *cloudwatch.ListDashboardsInput) (*cloudwatch.ListDashboardsOutput, error) {
	if err := authorize(c, "ListDashboards", nil); err != nil {
		return nil, err
	}
	own := dashboardKey(c.Principal.Account, "")
	r := store.Range{Prefix: own + value(in.DashboardNamePrefix), Limit: maxDashboards + 1}
	if in.DashboardNamePrefix != nil {
		if err := checkDashboardName(*in.DashboardNamePrefix); err != nil {
			return nil, err
		}
	}
	if in.NextToken != nil {
		m, ok := marker.Parse(*in.NextToken)
		if !ok {
			return nil, errValue("The next token specified is invalid.")
		}
		r.After = own + m.After
	}
	records, err := s.db.Scan(ctx, dashboardKind, r)
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.ListDashboardsOutput{DashboardEntries: []types.DashboardEntry{}}
	for i := range records {
		name := strings.TrimPrefix(records[i].Key, own)
		if i == maxDashboards {
			out.NextToken = new(marker.Marker{After: *out.DashboardEntries[i-1].DashboardName}.String())
			break
		}
		d, err := decodeDashboard(records[i])
		if err != nil {
			return nil, err
		}
		out.DashboardEntries = append(out.DashboardEntries, types.DashboardEntry{
			DashboardArn: new(dashboardARN(c.Principal.Account, name)), DashboardName: &name,
			LastModified: &d.Modified, Size: new(int64(len(d.Body))),
		})
	}
	return out, nil
}

// maxDeleted is how many dashboards one request deletes.
const maxDeleted = 100

// DeleteDashboards deletes dashboards: all that are named, or none.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteDashboards.html
func (s *Service) DeleteDashboards(ctx context.Context, c *iam.Caller, in *cloudwatch.DeleteDashboardsInput) (*cloudwatch.DeleteDashboardsOutput, error) {
	if len(in.DashboardNames) > maxDeleted {
		return nil, errValue("The collection DashboardNames must not have a size greater than %d.", maxDeleted)
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var gone []string
		for _, name := range in.DashboardNames {
			d, err := openDashboard(tx, c.Principal.Account, name)
			if err != nil {
				return err
			}
			if err := authorizeDashboard(c, "DeleteDashboards", name, d, nil); err != nil {
				return err
			}
			if d == nil {
				gone = append(gone, name)
			}
		}
		if len(gone) > 0 {
			return &types.DashboardNotFoundError{Message: new(fmt.Sprintf("The specified dashboard does not exist. [%s]", strings.Join(gone, ", ")))}
		}
		for _, name := range in.DashboardNames {
			err := tx.Delete(dashboardKind, dashboardKey(c.Principal.Account, name))
			if err != nil && !errors.Is(err, store.ErrNotFound) { // it may be named twice
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudwatch.DeleteDashboardsOutput{}, nil
}
