package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// DescribeCustomKeyStores lists the custom key stores of the account in the Region, or one of
// them.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
func (s *Service) DescribeCustomKeyStores(ctx context.Context, c *iam.Caller, in *kms.DescribeCustomKeyStoresInput) (*kms.DescribeCustomKeyStoresOutput, error) {
	if err := s.authorizeAccount(ctx, c, "DescribeCustomKeyStores"); err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != nil && in.CustomKeyStoreName != nil {
		return nil, errValidation("You can specify either CustomKeyStoreId or CustomKeyStoreName, but not both.")
	}
	p, err := newPage(in.Limit, in.Marker, 50, 1000)
	if err != nil {
		return nil, err
	}
	if err := s.db.Sync(ctx); err != nil {
		return nil, err
	}
	all, err := s.selectKeyStores(ctx, c, in, p)
	if err != nil {
		return nil, err
	}
	out := &kms.DescribeCustomKeyStoresOutput{CustomKeyStores: []types.CustomKeyStoresListEntry{}}
	all, out.Truncated, out.NextMarker = cut(p, all, (*keyStore).path)
	for _, ks := range all {
		out.CustomKeyStores = append(out.CustomKeyStores, ks.entry())
	}
	return out, nil
}

// selectKeyStores reads the stores that an input names, or a page of all and one more.
func (s *Service) selectKeyStores(ctx context.Context, c *iam.Caller, in *kms.DescribeCustomKeyStoresInput, p page) ([]*keyStore, error) {
	if in.CustomKeyStoreId != nil {
		ks, err := s.keyStore(ctx, c.Region, c.Principal.Account, *in.CustomKeyStoreId)
		return []*keyStore{ks}, err
	}
	if in.CustomKeyStoreName == nil {
		return decodeKeyStores(s.db.Scan(ctx, keyStoreKind, store.Range{
			Prefix: accountRef(c.Region, c.Principal.Account), After: p.after, Limit: p.limit + 1,
		}))
	}
	all, err := s.outside(ctx).keyStoresOf(c.Region, c.Principal.Account)
	if err != nil {
		return nil, err
	}
	for _, ks := range all {
		if ks.Name == *in.CustomKeyStoreName {
			return []*keyStore{ks}, nil
		}
	}
	return nil, errStoreNotFound(*in.CustomKeyStoreName)
}

// entry is the store as DescribeCustomKeyStores shows it: without its secrets.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CustomKeyStoresListEntry.html
func (ks *keyStore) entry() types.CustomKeyStoresListEntry {
	e := types.CustomKeyStoresListEntry{
		CustomKeyStoreId: &ks.id, CustomKeyStoreName: &ks.Name, CustomKeyStoreType: ks.Type,
		ConnectionState: ks.State, ConnectionErrorCode: ks.Error, CreationDate: &ks.Created,
	}
	if l := ks.Cluster; l != nil {
		e.CloudHsmClusterId, e.TrustAnchorCertificate = &l.ID, &l.TrustAnchor
	}
	if l := ks.External; l != nil {
		e.XksProxyConfiguration = &types.XksProxyConfigurationType{
			AccessKeyId: &l.AccessKeyID, Connectivity: l.Connectivity, UriEndpoint: &l.Endpoint, UriPath: &l.Path,
		}
		if l.ServiceName != "" {
			e.XksProxyConfiguration.VpcEndpointServiceName, e.XksProxyConfiguration.VpcEndpointServiceOwner = &l.ServiceName, &l.ServiceOwner
		}
	}
	return e
}
