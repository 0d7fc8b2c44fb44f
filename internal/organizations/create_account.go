package organizations

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// requestKind is the kind of the records of requests to make an account, by their ids.
const requestKind = "organizations-request"

// memberRole is the role of a new account unless the request names it.
const memberRole = "OrganizationAccountAccessRole"

// request is a request to make an account. It is carried out at once, so that it has ended
// when it is stored.
type request struct {
	ID        string                           `json:"-"`
	Name      string                           `json:"name"`
	Account   string                           `json:"account,omitempty"` // "" if it failed
	Reason    types.CreateAccountFailureReason `json:"reason,omitempty"`
	Requested time.Time                        `json:"requested"`
	Completed time.Time                        `json:"completed"`
}

// CreateAccount makes an account with a role that the management account may assume.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
func (s *Service) CreateAccount(ctx context.Context, c *iam.Caller, in *organizations.CreateAccountInput) (*organizations.CreateAccountOutput, error) {
	if _, err := s.manage(ctx, c, "CreateAccount", ""); err != nil {
		return nil, err
	}
	if in.RoleName == nil {
		in.RoleName = new(memberRole)
	}
	r := request{ID: newRequestID(), Name: *in.AccountName, Requested: s.now()}
	err := s.iam.CreateMember(ctx, *in.AccountName, *in.Email, *in.RoleName, func(tx *store.Tx, a iam.Account) error {
		r.Account, r.Completed = a.ID, s.now()
		return r.insert(tx)
	})
	if errors.Is(err, iam.ErrEmailExists) {
		r.Reason, r.Completed = types.CreateAccountFailureReasonEmailAlreadyExists, s.now()
		err = s.db.Update(ctx, r.insert)
	}
	if err != nil {
		return nil, fmt.Errorf("make an account: %w", err)
	}
	return &organizations.CreateAccountOutput{CreateAccountStatus: r.status()}, nil
}

func (r *request) insert(tx *store.Tx) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return tx.Insert(store.Record{Kind: requestKind, Key: r.ID, Body: body})
}

// DescribeCreateAccountStatus tells what became of a request.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html
func (s *Service) DescribeCreateAccountStatus(ctx context.Context, c *iam.Caller, in *organizations.DescribeCreateAccountStatusInput) (*organizations.DescribeCreateAccountStatusOutput, error) {
	if _, err := s.manage(ctx, c, "DescribeCreateAccountStatus", ""); err != nil {
		return nil, err
	}
	r, err := s.db.Get(ctx, requestKind, *in.CreateAccountRequestId)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &types.CreateAccountStatusNotFoundException{Message: new("You specified a create account status that doesn't exist.")}
	}
	if err != nil {
		return nil, err
	}
	found, err := decodeRequest(r)
	if err != nil {
		return nil, err
	}
	return &organizations.DescribeCreateAccountStatusOutput{CreateAccountStatus: found.status()}, nil
}

// ListCreateAccountStatus lists the requests.
//
// Source: https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html
func (s *Service) ListCreateAccountStatus(ctx context.Context, c *iam.Caller, in *organizations.ListCreateAccountStatusInput) (*organizations.ListCreateAccountStatusOutput, error) {
	if _, err := s.manage(ctx, c, "ListCreateAccountStatus", ""); err != nil {
		return nil, err
	}
	after, limit, err := page(in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &organizations.ListCreateAccountStatusOutput{CreateAccountStatuses: []types.CreateAccountStatus{}}
	for len(out.CreateAccountStatuses) < limit {
		records, err := s.db.Scan(ctx, requestKind, store.Range{After: after, Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			found, err := decodeRequest(r)
			if err != nil {
				return nil, err
			}
			if len(out.CreateAccountStatuses) == limit {
				out.NextToken = token(after)
				return out, nil
			}
			after = r.Key
			if wanted(in.States, found.status().State) {
				out.CreateAccountStatuses = append(out.CreateAccountStatuses, *found.status())
			}
		}
		if len(records) < limit {
			return out, nil
		}
	}
	more, err := s.db.Scan(ctx, requestKind, store.Range{After: after, Limit: 1})
	if len(more) > 0 {
		out.NextToken = token(after)
	}
	return out, err
}

func wanted(states []types.CreateAccountState, s types.CreateAccountState) bool {
	for _, w := range states {
		if w == s {
			return true
		}
	}
	return len(states) == 0
}

func decodeRequest(r store.Record) (*request, error) {
	found := &request{ID: r.Key}
	if err := json.Unmarshal(r.Body, found); err != nil {
		return nil, fmt.Errorf("decode record %s %s: %w", r.Kind, r.Key, err)
	}
	return found, nil
}

func (r *request) status() *types.CreateAccountStatus {
	s := &types.CreateAccountStatus{
		Id: &r.ID, AccountName: &r.Name, State: types.CreateAccountStateSucceeded, AccountId: &r.Account,
		RequestedTimestamp: &r.Requested, CompletedTimestamp: &r.Completed,
	}
	if r.Reason != "" {
		s.State, s.FailureReason, s.AccountId = types.CreateAccountStateFailed, r.Reason, nil
	}
	return s
}

// newRequestID makes an id in the form of AWS's.
func newRequestID() string { return "car-" + strings.ToLower(rand.Text()+rand.Text()[:6]) }

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Millisecond) }
