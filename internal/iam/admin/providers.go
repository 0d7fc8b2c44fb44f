package admin

import (
	"context"
	"errors"
	"slices"

	sdkiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// CreateOpenIDConnectProvider makes an identity provider whose tokens roles may trust.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
func (s *Service) CreateOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.CreateOpenIDConnectProviderInput) (*sdkiam.CreateOpenIDConnectProviderOutput, error) {
	account := c.Principal.Account
	arn := iam.ProviderARN(account, shortURL(*in.Url))
	if err := authorizeNew(c, request{action: "CreateOpenIDConnectProvider", tags: in.Tags}, "TagOpenIDConnectProvider", resource{arn: arn}); err != nil {
		return nil, err
	}
	p := &iam.Provider{URL: *in.Url, Thumbprints: in.ThumbprintList, Created: s.now()}
	if err := checkProviderURL(p.URL); err != nil {
		return nil, err
	}
	if err := checkThumbprints(p.Thumbprints); err != nil {
		return nil, err
	}
	if err := addClients(p, in.ClientIDList); err != nil {
		return nil, err
	}
	var err error
	if p.Tags, err = addTags(nil, in.Tags, false); err != nil {
		return nil, err
	}
	if err := s.insertProvider(ctx, account, p); err != nil {
		return nil, err
	}
	out := &sdkiam.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: &arn}
	if len(p.Tags) > 0 {
		out.Tags = tagsOut(p.Tags)
	}
	return out, nil
}

func (s *Service) insertProvider(ctx context.Context, account string, p *iam.Provider) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		err := iam.Providers.Insert(tx, account, shortURL(p.URL), p)
		if errors.Is(err, iam.ErrEntityExists) {
			return errExists("Provider with url %s already exists.", p.URL)
		}
		if err != nil {
			return err
		}
		all, err := iam.Providers.All(tx, account)
		if err == nil && len(all) > providersPerAccount {
			err = errQuota("OpenIdConnectProvidersPerAccount", providersPerAccount)
		}
		return err
	})
}

// GetOpenIDConnectProvider describes an identity provider.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
func (s *Service) GetOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.GetOpenIDConnectProviderInput) (*sdkiam.GetOpenIDConnectProviderOutput, error) {
	p, err := s.findProvider(ctx, c, request{action: "GetOpenIDConnectProvider"}, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	return &sdkiam.GetOpenIDConnectProviderOutput{
		Url: new(shortURL(p.URL)), ClientIDList: slices.Concat([]string{}, p.ClientIDs), ThumbprintList: slices.Concat([]string{}, p.Thumbprints),
		CreateDate: &p.Created, Tags: tagsOut(p.Tags),
	}, nil
}

// DeleteOpenIDConnectProvider deletes an identity provider. It is no error if there is none.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
func (s *Service) DeleteOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.DeleteOpenIDConnectProviderInput) (*sdkiam.DeleteOpenIDConnectProviderOutput, error) {
	return nil, s.db.Update(ctx, func(tx *store.Tx) error {
		p, err := openProvider(tx, c, request{action: "DeleteOpenIDConnectProvider"}, *in.OpenIDConnectProviderArn)
		if _, gone := errors.AsType[*types.NoSuchEntityException](err); gone {
			return nil
		}
		if err != nil {
			return err
		}
		return iam.Providers.Delete(tx, c.Principal.Account, shortURL(p.URL))
	})
}

// ListOpenIDConnectProviders lists the identity providers of the account.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
func (s *Service) ListOpenIDConnectProviders(ctx context.Context, c *iam.Caller, _ *sdkiam.ListOpenIDConnectProvidersInput) (*sdkiam.ListOpenIDConnectProvidersOutput, error) {
	account := c.Principal.Account
	if err := authorize(c, request{action: "ListOpenIDConnectProviders"}, resource{arn: iam.ProviderARN(account, "*")}); err != nil {
		return nil, err
	}
	list, err := iam.Providers.List(ctx, s.db, account)
	if err != nil {
		return nil, err
	}
	out := &sdkiam.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []types.OpenIDConnectProviderListEntry{}}
	for _, p := range list {
		arn := iam.ProviderARN(account, shortURL(p.URL))
		out.OpenIDConnectProviderList = append(out.OpenIDConnectProviderList, types.OpenIDConnectProviderListEntry{Arn: &arn})
	}
	return out, nil
}

// UpdateOpenIDConnectProviderThumbprint replaces the thumbprints of an identity provider.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
func (s *Service) UpdateOpenIDConnectProviderThumbprint(ctx context.Context, c *iam.Caller, in *sdkiam.UpdateOpenIDConnectProviderThumbprintInput) (*sdkiam.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	q := request{action: "UpdateOpenIDConnectProviderThumbprint"}
	return nil, s.changeProvider(ctx, c, q, *in.OpenIDConnectProviderArn, func(p *iam.Provider) error {
		p.Thumbprints = in.ThumbprintList
		return checkThumbprints(in.ThumbprintList)
	})
}

// AddClientIDToOpenIDConnectProvider adds a client id, for which the provider's tokens may be
// made out. It is no error if it is there already.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
func (s *Service) AddClientIDToOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.AddClientIDToOpenIDConnectProviderInput) (*sdkiam.AddClientIDToOpenIDConnectProviderOutput, error) {
	q := request{action: "AddClientIDToOpenIDConnectProvider"}
	return nil, s.changeProvider(ctx, c, q, *in.OpenIDConnectProviderArn, func(p *iam.Provider) error {
		return addClients(p, []string{*in.ClientID})
	})
}

// RemoveClientIDFromOpenIDConnectProvider removes a client id. It is no error if it is not
// there.
//
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
func (s *Service) RemoveClientIDFromOpenIDConnectProvider(ctx context.Context, c *iam.Caller, in *sdkiam.RemoveClientIDFromOpenIDConnectProviderInput) (*sdkiam.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	q := request{action: "RemoveClientIDFromOpenIDConnectProvider"}
	return nil, s.changeProvider(ctx, c, q, *in.OpenIDConnectProviderArn, func(p *iam.Provider) error {
		p.ClientIDs = slices.DeleteFunc(p.ClientIDs, func(id string) bool { return id == *in.ClientID })
		return nil
	})
}
