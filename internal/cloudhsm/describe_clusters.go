package cloudhsm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DescribeClusters lists the clusters of the account in the Region, by their ids.
//
// Source: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_DescribeClusters.html
func (s *Service) DescribeClusters(ctx context.Context, c *iam.Caller, in *cloudhsmv2.DescribeClustersInput) (*cloudhsmv2.DescribeClustersOutput, error) {
	if err := authorize(c, "DescribeClusters", nil); err != nil {
		return nil, err
	}
	if err := checkFilters(in.Filters, "clusterIds", "vpcIds", "states"); err != nil {
		return nil, err
	}
	after, limit, err := page(in.NextToken, in.MaxResults, 25)
	if err != nil {
		return nil, err
	}
	all, err := s.clusters(ctx, c.Principal.Account, c.Region)
	if err != nil {
		return nil, err
	}
	out := &cloudhsmv2.DescribeClustersOutput{Clusters: []types.Cluster{}}
	for _, found := range all {
		if found.ID <= after || !wanted(in.Filters, "clusterIds", found.ID) || !wanted(in.Filters, "vpcIds", found.VPC) ||
			!wanted(in.Filters, "states", string(found.State)) {
			continue
		}
		if len(out.Clusters) == limit {
			out.NextToken = token(*out.Clusters[limit-1].ClusterId)
			break
		}
		out.Clusters = append(out.Clusters, found.shape())
	}
	return out, nil
}

// clusters are all clusters of an account in a Region, by their ids: few, because AWS's quota
// holds, and those that the configuration declares.
func (s *Service) clusters(ctx context.Context, account, region string) ([]*cluster, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	records, err := s.DB.Scan(ctx, clusterKind, store.Range{Prefix: account + "/" + region + "/"})
	if err != nil {
		return nil, err
	}
	all := s.declaredIn(account, region)
	for _, r := range records {
		found, err := decodeCluster(r)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return byID(all), nil
}

// Describe returns a cluster, or ErrNotFound. A deleted cluster is not found.
func (s *Service) Describe(ctx context.Context, account, region, id string) (*Cluster, error) {
	if err := s.DB.Sync(ctx); err != nil {
		return nil, err
	}
	c, err := s.find(s.read(ctx), ClusterRef{account, region, id})
	if err != nil {
		return nil, err
	}
	if c == nil || c.State == types.ClusterStateDeleted || c.State == types.ClusterStateDeleteInProgress {
		return nil, ErrNotFound
	}
	serving := c.serving()
	out := &Cluster{
		RotatesPassword: c.declared == nil || c.declared.RotatePassword,
		ID:              c.ID, State: string(c.State), TrustAnchor: c.Identity.Anchor, History: c.history(),
		ActiveHSMs: len(serving), Zones: zones(serving), Subnets: map[string]string{}, MinimumHSMs: c.minimum(),
	}
	for _, n := range c.Subnets {
		out.Subnets[n.Zone] = n.ID
	}
	return out, nil
}
