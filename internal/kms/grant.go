package kms

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
)

// The kinds of records of grants.
const (
	// grantKind: the key is "REGION/KEY ID/GRANT ID", the Ref "REGION|RETIRING PRINCIPAL|ID|".
	// A grant is never changed.
	grantKind = "kms-grant"
	// grantNameKind: the key is "REGION/KEY ID/DIGEST", of everything that was asked for in
	// a grant with a name. The body is the grant's id.
	grantNameKind = "kms-grant-name"
	// grantCountKind: the key is "REGION/KEY ID", the body says how many grants the key has.
	// It is due when the key is gone and its grants must follow.
	grantCountKind = "kms-grant-count"
)

// grantsPerKey is a resource quota of AWS KMS.
const grantsPerKey = 50_000

// grant permits operations on a key to one principal.
type grant struct {
	Name            string                 `json:"name,omitempty"`
	Created         time.Time              `json:"created"`
	Issuer          string                 `json:"issuer"` // the account under which it was created
	Grantee         string                 `json:"grantee,omitempty"`
	GranteeID       string                 `json:"granteeId,omitempty"` // the unique id that Grantee stood for
	GranteeService  string                 `json:"granteeService,omitempty"`
	Retiring        string                 `json:"retiring,omitempty"`
	RetiringID      string                 `json:"retiringId,omitempty"`
	RetiringService string                 `json:"retiringService,omitempty"`
	Operations      []types.GrantOperation `json:"operations"`
	Constraints     grantConstraints       `json:"constraints,omitzero"`

	// What the record's own columns say.
	path    string // of its key: "REGION/KEY ID"
	id      string
	suffix  grantSuffix
	version int64

	set grantOperations // Operations
}

// grantee is whom the grant is for.
func (g *grant) grantee() granteeName {
	if g.GranteeService != "" {
		return granteeName{name: g.GranteeService}
	}
	return nameOf(g.Grantee, g.GranteeID)
}

// retiring is who may retire the grant by its own words.
func (g *grant) retiring() granteeName {
	switch {
	case g.RetiringService != "":
		return granteeName{name: g.RetiringService}
	case g.Retiring == "":
		return granteeName{}
	}
	return nameOf(g.Retiring, g.RetiringID)
}

// identify gives a new grant its id.
func (g *grant) identify(k *key) {
	_, _ = rand.Read(g.suffix[:]) // never fails (crypto/rand)
	g.path, g.id = k.ref.Path(), grantID(g.grantee().hash(), g.suffix)
}

// grantID is 64 hexadecimal digits, as AWS's are.
func grantID(h granteeHash, s grantSuffix) string { return h.String() + hex.EncodeToString(s[:]) }

// parseGrantID takes an id apart. Only what grantID writes is one.
func parseGrantID(id string) (h granteeHash, s grantSuffix, ok bool) {
	b, err := hex.DecodeString(id)
	if err != nil || len(b) != len(h)+len(s) || strings.ToLower(id) != id {
		return h, s, false
	}
	return granteeHash(b), grantSuffix(b[len(h):]), true
}

// splitGrantKey takes the key of a grant's record apart.
func splitGrantKey(s string) (path, id string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// retiringRef is the Ref of the grants that a principal may retire. None of its parts can
// have a vertical bar.
func retiringRef(region string, who granteeName) string {
	if who.name == "" {
		return ""
	}
	return region + "|" + who.name + "|" + who.id + "|"
}

func (g *grant) record() (store.Record, error) {
	body, err := json.Marshal(g)
	if err != nil {
		return store.Record{}, fmt.Errorf("encode grant %s: %w", g.id, err)
	}
	region, _, _ := strings.Cut(g.path, "/")
	return store.Record{Kind: grantKind, Key: g.path + "/" + g.id, Ref: retiringRef(region, g.retiring()), Body: body}, nil
}

func decodeGrant(r store.Record) (*grant, error) {
	g := &grant{version: r.Version}
	if err := json.Unmarshal(r.Body, g); err != nil {
		return nil, fmt.Errorf("decode grant record %s: %w", r.Key, err)
	}
	var ok bool
	if g.path, g.id, ok = splitGrantKey(r.Key); ok {
		_, g.suffix, ok = parseGrantID(g.id)
	}
	if !ok {
		return nil, fmt.Errorf("malformed key of a grant record: %q", r.Key)
	}
	g.set = operationSet(g.Operations)
	return g, nil
}

// nameKey is the key of the record that finds the grant again when it is asked for a
// second time, by the name and everything else that was asked for.
func (g *grant) nameKey() string {
	ops := slices.Clone(g.Operations)
	slices.Sort(ops)
	asked := grant{
		Name: g.Name, Issuer: g.Issuer, Operations: slices.Compact(ops), Constraints: g.Constraints,
		Grantee: g.Grantee, GranteeID: g.GranteeID, GranteeService: g.GranteeService,
		Retiring: g.Retiring, RetiringID: g.RetiringID, RetiringService: g.RetiringService,
	}
	b, err := json.Marshal(asked) // which sorts the keys of maps, and has no two texts for one grant
	if err != nil {
		panic("kms: a grant does not encode: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return g.path + "/" + hex.EncodeToString(sum[:])
}

// entry is the grant as the lists show it. current has the unique ids that the principals
// stand for today: one that is gone shows the unique id that it had.
func (g *grant) entry(k *key, current map[string]string) types.GrantListEntry {
	return types.GrantListEntry{
		KeyId: &k.arn, GrantId: &g.id, Name: &g.Name, CreationDate: &g.Created,
		IssuingAccount:           new(iam.AccountRoot(iam.Partition(k.ref.Region), g.Issuer)),
		GranteePrincipal:         shown(g.Grantee, g.GranteeID, current),
		GranteeServicePrincipal:  optional(g.GranteeService),
		RetiringPrincipal:        shown(g.Retiring, g.RetiringID, current),
		RetiringServicePrincipal: optional(g.RetiringService),
		Operations:               g.Operations,
		Constraints:              g.Constraints.show(),
	}
}

func shown(arn, id string, current map[string]string) *string {
	if id != "" && current[arn] != id {
		return &id
	}
	return optional(arn)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
