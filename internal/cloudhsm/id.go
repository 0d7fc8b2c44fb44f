package cloudhsm

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// newID makes the id of a cluster, an HSM or a backup: 11 characters behind the prefix, as
// AWS's have.
func newID(prefix string) string { return prefix + strings.ToLower(rand.Text()[:11]) }

// newEC2ID makes an id in the form of EC2's.
func newEC2ID(prefix string) string {
	b := make([]byte, 9)
	_, _ = rand.Read(b) // which never fails
	return prefix + hex.EncodeToString(b)[:17]
}
