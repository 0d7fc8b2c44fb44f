package cloudhsm

import "fmt"

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
	return append([]byte(nil), password...)
}
