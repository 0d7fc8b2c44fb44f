// Package kmsmodel tests package kms against a model: random operations and jumps of the clock
// are done to the service and to a small description of the life of keys, written from AWS's
// documentation and not from our code, and after each step both must say the same. The table of
// states is in states_test.go, what a key is in key_test.go, what time does to it in time_test.go;
// the other files follow the operations, and world_test.go has both sides. There is nothing here but tests.
package kmsmodel

import (
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// regions are those in which the test works.
var regions = []string{"us-east-1", "eu-west-1", "ap-southeast-2"}

// model is an account as the documentation has it.
type model struct {
	now     time.Time
	states  states
	sets    []*set // those that have a key
	stores  []*keyStore
	aliases map[string]map[string]*alias // by Region and name
	events  []string                     // that the service is to record by itself: name and key
	rules   rules

	optional []string     // events that it may record
	asked    map[cell]int // how often the table of states was asked
}

// rules are rules of the model that a test can break, to see that it is noticed.
type rules struct {
	cancelled      types.KeyState // what a key is after CancelKeyDeletion
	window         time.Duration  // unit of the waiting period
	oldOpens       bool           // what was encrypted before a rotation can be decrypted
	expires        bool           // imported material expires
	sharesRotation bool           // replicas have that of their primary
}

func newModel(now time.Time) *model {
	m := &model{now: now, states: readStates(), asked: map[cell]int{}, aliases: map[string]map[string]*alias{}, rules: rules{
		cancelled: types.KeyStateDisabled, window: day, oldOpens: true, expires: true, sharesRotation: true,
	}}
	for _, r := range regions {
		m.aliases[r] = map[string]*alias{}
	}
	return m
}

const day = 24 * time.Hour

// find is which key a name stands for in a Region.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
func (m *model) find(region, name string, takesAliases bool) (*key, *failure) {
	id := name
	if rest, isARN := strings.CutPrefix(name, "arn:aws:kms:"); isARN {
		in, rest, _ := strings.Cut(rest, ":")
		if in != region {
			return nil, fail("NotFoundException", "Invalid arn %s", in)
		}
		id = strings.TrimPrefix(strings.TrimPrefix(rest, account+":"), "key/")
	}
	if takesAliases && strings.HasPrefix(id, "alias/") {
		if a := m.aliases[region][id]; a != nil {
			return a.key, nil
		}
		return nil, aliasNotFound(region, id)
	}
	if !keyID.MatchString(id) {
		return nil, fail("NotFoundException", "Invalid keyId '%s'", name)
	}
	if k := m.key(region, id); k != nil {
		return k, nil
	}
	return nil, fail("NotFoundException", "Key '%s' does not exist", keyARN(region, id))
}

var keyID = regexp.MustCompile(`^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$`)

// key is the key of an id in a Region; nil if there is none.
func (m *model) key(region, id string) *key {
	for _, s := range m.sets {
		if s.id == id {
			return s.keys[region]
		}
	}
	return nil
}

// use is find for an operation, and whether the key's state lets it do that.
func (m *model) use(op string, at target) (*key, *failure) {
	k, f := m.find(at.region, at.name, takesAliases[op])
	if f == nil {
		f = m.check(op, k)
	}
	return k, f
}

// target is a key as a caller names it, in a Region.
type target struct{ region, name string }

// takesAliases are the operations that take the name of an alias for that of a key.
var takesAliases = func() map[string]bool {
	names := map[string]bool{}
	for _, op := range []string{
		"Decapsulate", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encapsulate", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
		"GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo",
		"Sign", "Verify", "VerifyMac",
	} {
		names[op] = true
	}
	return names
}()
