package cloudhsm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
)

// Declared is a cluster of the configuration: tokens that are reached through a PKCS#11
// library of their vendor.
type Declared struct {
	ID      string // "cluster-…"
	Account string // 12 digits
	Region  string

	Module string   // path of the PKCS#11 library
	Env    []string // for the process that loads it, "NAME=VALUE"
	Tokens []string // labels or serial numbers of the tokens, one for each HSM

	PINFormat      PINFormat
	RotatePassword bool   // whether connecting a key store changes the password of kmsuser
	MinimumHSMs    int    // that CreateCustomKeyStore and CreateKey ask for
	TrustAnchor    string // PEM: what CreateCustomKeyStore must be given
}

// PINFormat is how a module takes the name of a user and its password.
type PINFormat string

// The forms of PINs.
const (
	PasswordOnly PINFormat = "password"      // the PIN is the password; the token has one user
	UserPassword PINFormat = "user:password" // as AWS CloudHSM: the name, a colon and the password
)

// KMSUser is the crypto user that a key store logs in as.
const KMSUser = "kmsuser"

// pin returns what C_Login is given for the user.
func (f PINFormat) pin(user string, password []byte) []byte {
	if f == UserPassword {
		return fmt.Appendf(nil, "%s:%s", user, password)
	}
	return slices.Clone(password)
}

// declaredCluster is the cluster that the configuration declares by that name, nil if it does
// not.
func (s *Service) declaredCluster(ref ClusterRef) *cluster {
	i := slices.IndexFunc(s.Declared, func(d Declared) bool { return d.ref() == ref })
	if i < 0 {
		return nil
	}
	return s.Declared[i].cluster()
}

// declaredIn are the declared clusters of an account in a Region.
func (s *Service) declaredIn(account, region string) []*cluster {
	var all []*cluster
	for i := range s.Declared {
		if d := &s.Declared[i]; d.Account == account && d.Region == region {
			all = append(all, d.cluster())
		}
	}
	return all
}

func (d *Declared) ref() ClusterRef { return ClusterRef{d.Account, d.Region, d.ID} }

// declaredSince is when declared clusters are said to have been made: nobody knows.
var declaredSince = time.Date(2017, 4, 28, 0, 0, 0, 0, time.UTC)

// cluster is the declared cluster in the form of the others. What its vendor knows and nobody
// else, such as its subnets, has names that follow from its own.
func (d *Declared) cluster() *cluster {
	c := &cluster{
		ClusterRef: d.ref(), State: types.ClusterStateActive, Created: declaredSince, HSMType: "hsm2m.medium", Mode: types.ClusterModeFips,
		Network: types.NetworkTypeIpv4, VPC: vpcOf(d.Account, d.Region), Group: d.name("sg-", ""), declared: d,
		Identity: identity{Anchor: d.TrustAnchor, Certificate: d.TrustAnchor},
	}
	for i, label := range d.Tokens {
		n := subnet{zone(d.Region, i), d.name("subnet-", label)}
		c.Subnets = append(c.Subnets, n)
		c.HSMs = append(c.HSMs, &unit{
			ID: "hsm-" + lettered(d.name("", label))[:11], State: types.HsmStateActive, Zone: n.Zone, Subnet: n.ID,
			ENI: d.name("eni-", label), IP: address(i, 0), token: label,
		})
	}
	return c
}

// name makes an id in the form of EC2's that is always the same.
func (d *Declared) name(prefix, of string) string {
	sum := sha256.Sum256([]byte(prefix + d.ref().key() + "/" + of))
	return prefix + hex.EncodeToString(sum[:])[:17]
}

// lettered replaces the digits that ids of CloudHSM don't have.
func lettered(text string) string {
	b := []byte(text)
	for i, c := range b {
		switch c {
		case '0', '1', '8', '9':
			b[i] = 'g' + c - '0'
		}
	}
	return string(b)
}

func byID(all []*cluster) []*cluster {
	slices.SortFunc(all, func(a, b *cluster) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
