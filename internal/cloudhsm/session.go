package cloudhsm

import (
	"context"
	"errors"

	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/secret"
)

// What the calls at a cluster fail with.
var (
	// ErrNotFound is returned when there is no such cluster.
	ErrNotFound = errors.New("there is no such cluster")

	// ErrUnreachable is returned when no HSM of the cluster answers.
	ErrUnreachable = errors.New("no HSM of the cluster can be reached")

	// ErrThrottled is returned when all sessions of all HSMs are busy.
	ErrThrottled = errors.New("all sessions of the cluster's HSMs are busy")

	// ErrNoKey is returned when the cluster has no such key.
	ErrNoKey = errors.New("the cluster has no such key")

	// ErrDecrypt is returned when a ciphertext does not open.
	ErrDecrypt = errors.New("the ciphertext does not open")

	// ErrTooFewHSMs is returned when the cluster has fewer working HSMs in different zones than
	// a new key must be on.
	ErrTooFewHSMs = errors.New("the cluster has too few active HSMs in different Availability Zones")
)

// ConnectError says why kmsuser could not be logged in, in the words of a key store's
// ConnectionErrorCode.
type ConnectError struct {
	Code kmstypes.ConnectionErrorCodeType
	Err  error // the cause, for the log
}

// Error implements error.
func (e *ConnectError) Error() string {
	if e.Err == nil {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// ClusterRef names a cluster.
type ClusterRef struct{ Account, Region, ID string }

// Cluster is what key stores look at before they use a cluster.
type Cluster struct {
	ID          string
	State       string // "ACTIVE"; of types.ClusterState
	TrustAnchor string // PEM
	History     string // clusters with the same one share their backups: a digest of the cluster certificate
	ActiveHSMs  int
	Zones       int               // with an active HSM
	Subnets     map[string]string // by zone
	MinimumHSMs int               // that a key store and a new key need, in different zones

	RotatesPassword bool // whether a key store that connects changes the password of kmsuser
}

// Describe returns a cluster, or ErrNotFound. A deleted cluster is not found.
func (s *Service) Describe(ctx context.Context, account, region, id string) (*Cluster, error) {
	return nil, ErrNotFound
}

// Login logs kmsuser in on every active HSM of the cluster, and changes its password to next
// on each. It may have been interrupted before: an HSM that knows next already is content with
// it. Without next the password stays. The error is a *ConnectError, or one from inside.
func (s *Service) Login(ctx context.Context, c ClusterRef, password, next secret.Bytes) error {
	return &ConnectError{Code: kmstypes.ConnectionErrorCodeTypeClusterNotFound}
}

// Logout logs kmsuser out of every HSM. A cluster that is gone is no error.
func (s *Service) Logout(ctx context.Context, c ClusterRef) error { return nil }

// Session is kmsuser at a cluster. It logs in on this node when it is first used, spreads its
// calls over the cluster's HSMs and passes over those that do not work.
type Session struct {
	service  *Service
	cluster  ClusterRef
	password func(context.Context) (secret.Bytes, error)
}

// Session returns a session, without a call. The password is asked for whenever kmsuser must
// be logged in.
func (s *Service) Session(c ClusterRef, password func(context.Context) (secret.Bytes, error)) *Session {
	return &Session{s, c, password}
}

// Sealed is what an HSM makes of a plaintext by AES-GCM.
type Sealed struct{ IV, Ciphertext, Tag []byte }

// Filter says which keys to list: those with the CKA_ID, those with the label, or all.
type Filter struct{ ID, Label string }

// Key is a key as its HSM describes it.
type Key struct {
	ID    []byte
	Label string
	Bits  int

	AES, Encrypt, Decrypt                                     bool
	Sensitive, AlwaysSensitive, Extractable, NeverExtractable bool
	Local, Private                                            bool
}

// Generate makes an AES key of 256 bits whose CKA_ID is id and whose label is label. When it
// returns, the key is on every active HSM of the cluster, and on no fewer than it asks for.
func (x *Session) Generate(ctx context.Context, id, label string) error { return ErrUnreachable }

// Destroy removes the key from every HSM of the cluster. ErrNoKey says that none had it.
func (x *Session) Destroy(ctx context.Context, id string) error { return ErrUnreachable }

// Encrypt encrypts with the key in one of the HSMs.
func (x *Session) Encrypt(ctx context.Context, id string, aad, plaintext []byte) (Sealed, error) {
	return Sealed{}, ErrUnreachable
}

// Decrypt opens what Encrypt has sealed.
func (x *Session) Decrypt(ctx context.Context, id string, sealed Sealed, aad []byte) ([]byte, error) {
	return nil, ErrUnreachable
}

// Random returns n random bytes of one of the HSMs.
func (x *Session) Random(ctx context.Context, n int) ([]byte, error) { return nil, ErrUnreachable }

// Keys lists keys as one of the HSMs has them.
func (x *Session) Keys(ctx context.Context, f Filter) ([]Key, error) { return nil, ErrUnreachable }
