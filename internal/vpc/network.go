package vpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keystead/keystead/internal/store"
)

// networkKind is the kind of the records of VPCs. A record's key is the name of the VPC, its
// Ref "ACCOUNT/".
const networkKind = "vpc"

// network is a VPC. It comes to be with its first endpoint, and its name stays the account's
// for good, as the ids of AWS's are never given out again: key policies may rely on it.
type network struct {
	Account   string    `json:"account"`
	Created   time.Time `json:"created"`
	Endpoints []string  `json:"endpoints,omitempty"` // keys of their records

	name string
}

// Quotas. AWS lets an account have more of both on request.
//
// Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
const (
	endpointsPerVPC = 50
	vpcsPerAccount  = 50 // beside those that the operator has configured
)

// claim returns the VPC of a new endpoint, or refuses it to the account.
func (s *Service) claim(tx *store.Tx, e *endpoint) (*network, error) {
	owner, configured := s.Owners[e.VPC]
	if owner != "" && owner != e.account {
		return nil, errNoVPC(e.VPC)
	}
	n, err := openNetwork(tx, e.VPC)
	switch {
	case err != nil:
		return nil, err
	case n != nil && n.Account == e.account:
		return n, nil
	case n != nil && owner == "":
		return nil, errNoVPC(e.VPC)
	case n != nil: // the operator has given it to another account since
		if len(n.Endpoints) > 0 {
			return nil, errNoVPC(e.VPC)
		}
	case !configured:
		if err := roomForVPC(tx, e.account); err != nil {
			return nil, err
		}
	}
	return &network{Account: e.account, Created: e.Created, name: e.VPC}, nil
}

func roomForVPC(tx *store.Tx, account string) error {
	records, err := tx.ScanRef(networkKind, store.Range{Prefix: account + "/", Limit: vpcsPerAccount})
	if err != nil {
		return err
	}
	if len(records) >= vpcsPerAccount {
		return errVPCLimit()
	}
	return nil
}

// add puts a new endpoint into its VPC.
func (n *network) add(tx *store.Tx, e *endpoint) error {
	if len(n.Endpoints) >= endpointsPerVPC {
		return errEndpointLimit()
	}
	if err := n.freeDNS(tx, e); err != nil {
		return err
	}
	n.Endpoints = append(n.Endpoints, e.key())
	return n.put(tx)
}

// freeDNS refuses a private DNS name that another endpoint in the VPC has.
func (n *network) freeDNS(tx *store.Tx, e *endpoint) error {
	if !e.PrivateDNS {
		return nil
	}
	for _, key := range n.Endpoints {
		other, err := decoded(tx.Get(endpointKind, key))
		if err != nil {
			return err
		}
		if other != nil && other.key() != e.key() && other.door().PrivateDNS == e.dnsName() {
			return errDNSConflict(e.dnsName(), e.VPC)
		}
	}
	return nil
}

// remove takes an endpoint out of its VPC.
func (n *network) remove(tx *store.Tx, e *endpoint) error {
	n.Endpoints = slices.DeleteFunc(n.Endpoints, func(key string) bool { return key == e.key() })
	return n.put(tx)
}

func (n *network) put(tx *store.Tx) error {
	body, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return tx.Upsert(store.Record{Kind: networkKind, Key: n.name, Ref: n.Account + "/", Body: body})
}

// openNetwork returns nil for a VPC that nobody has named yet.
func openNetwork(tx *store.Tx, name string) (*network, error) {
	r, err := tx.Get(networkKind, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n := &network{name: name}
	if err := json.Unmarshal(r.Body, n); err != nil {
		return nil, fmt.Errorf("decode VPC record %s: %w", name, err)
	}
	return n, nil
}

const vpcPrefix = "vpc-"

// ValidVPC knows the names that a VPC can have.
func ValidVPC(name string) bool { return validID(vpcPrefix, name) }
