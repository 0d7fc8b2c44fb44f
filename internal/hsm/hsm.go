// Package hsm uses tokens (HSMs, smart cards, SoftHSM) through PKCS#11 modules. The one
// rule: a module never runs in this process. It is C code of a vendor that may crash or
// hang; a driver process of its own (keystead-hsm) loads it, one process for one module.
// The driver is started by the first call, killed when a call takes longer than it may, and
// started again after it died, with a delay that grows from 50 ms to 5 s while it does not
// last. Who was logged in is logged in again, and calls that may be made twice are. So a
// crash costs one retry, and errors.Is(err, ErrDriver) tells the caller of any other.
//
// PINs, plaintexts and ciphertexts go over pipes only; never into arguments, environment or
// logs. The driver makes no core dumps and can't be read by other processes of its user.
//
// # Modules
//
// Keys are AES keys of 256 bits, used with CKM_AES_GCM, so the module must have
// CKM_AES_KEY_GEN and CKM_AES_GCM. What is known of some:
//
//   - SoftHSM 2: /usr/lib/softhsm/libsofthsm2.so, SOFTHSM2_CONF in Env. Keys are files; for
//     tests, or where an HSM is not needed.
//   - AWS CloudHSM, Client SDK 5: /opt/cloudhsm/lib/libcloudhsm_pkcs11.so. The cluster is one
//     token; a PIN is "user:password". It ignores the initialization vector that it is given
//     and writes its own into the buffer, knows no read-only sessions, and takes at most 16 KB
//     in one AES-GCM call. Users are made with cloudhsm-cli, not with InitPIN. A cluster with
//     one HSM makes keys only if disable_key_availability_check is set.
//   - Thales Luna: libCryptoki2_64.so of the client, ChrystokiConfigurationPath in Env. Each
//     partition is a token; name it by its label. The PIN is that of the crypto officer, who
//     makes keys. In FIPS mode the HSM makes the initialization vectors and appends them: of 12
//     bytes from firmware 7.9.3 on, of 16 bytes before. A high-availability group is a token of
//     its own.
//   - Entrust nShield: libcknfast.so of the Security World software, CKNFAST_LOADSHARING=1 in
//     Env so that all modules are one token. Name the token by its label (a softcard or an
//     operator card set); the PIN is its pass phrase. The security assurance mechanism may
//     refuse what a template asks; CKNFAST_OVERRIDE_SECURITY_ASSURANCES loosens it.
//   - YubiHSM 2: yubihsm_pkcs11.so, YUBIHSM_PKCS11_CONF in Env. It has no CKM_AES_GCM, so that
//     it can't hold these keys: calls fail with CKR_MECHANISM_INVALID. Its PIN is the id of an
//     authentication key in four hexadecimal digits and the password; it has no officer.
//   - SmartCard-HSM, Nitrokey HSM 2: OpenSC's opensc-pkcs11.so. Newer firmware has AES keys,
//     but for AES-CBC and AES-CMAC; without CKM_AES_GCM they can't be used either.
//
// pkcs11-tool --module LIBRARY --list-mechanisms shows what a module has.
package hsm

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/keystead/keystead/internal/hsm/wire"
)

// What the driver tells and is told, in the words of package wire.
type (
	// TokenInfo describes a token.
	TokenInfo = wire.TokenInfo
	// Key describes a secret key at a token.
	Key = wire.Key
	// KeyRef names an AES key by its CKA_ID, its CKA_LABEL, or both.
	KeyRef = wire.KeyRef
	// Selector names a token.
	Selector = wire.Selector
	// User is a role at a token.
	User = wire.User
)

// The roles at a token.
const (
	Officer    = wire.Officer
	CryptoUser = wire.CryptoUser
)

// Config tells how to run the driver of one module.
type Config struct {
	Driver   string        // path of keystead-hsm; "" looks beside the running program, then in $PATH
	Module   string        // the PKCS#11 library
	Env      []string      // for the driver beside a minimal environment: "SOFTHSM2_CONF=/etc/softhsm2.conf"
	Dir      string        // in which the driver runs; default: the program's own
	Sessions int           // most sessions at one token; default 16, never more than the token's own maximum
	Timeout  time.Duration // of one call, wall time; after it the driver is killed. Default 5s (some HSMs need more than 1 s)
	Wait     time.Duration // how long a call waits for a free session before ErrBusy. Default 1s
	Log      *slog.Logger
}

const (
	defaultSessions = 16
	defaultTimeout  = 5 * time.Second
	defaultWait     = time.Second
	driverName      = "keystead-hsm"
)

func (c Config) withDefaults() Config {
	c.Sessions = cmp.Or(c.Sessions, defaultSessions)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.Wait = cmp.Or(c.Wait, defaultWait)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return c
}

// driver is the path of the program to run. PINs are told to it: one that anybody may have put in
// its place is refused.
func (c Config) driver() (string, error) {
	path, err := c.find()
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o002 != 0 {
		return "", fmt.Errorf("%s can be changed by anybody (mode %v)", path, info.Mode().Perm())
	}
	return path, nil
}

func (c Config) find() (string, error) {
	if c.Driver != "" {
		return c.Driver, nil
	}
	if self, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(self), driverName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return lookPath()
}

// Filter narrows a list of keys. What is empty does not matter.
type Filter struct{ ID, Label string }

// Sealed is what AES-GCM makes of a plaintext. IV has 12 bytes, or 16 if the module insists;
// Tag has 16; Ciphertext is as long as the plaintext.
type Sealed struct{ IV, Ciphertext, Tag []byte }

// Stats are figures of a module since New.
type Stats struct {
	Restarts uint64        // starts of the driver after the first
	Calls    uint64        // calls answered by the driver
	Waits    uint64        // calls that had to wait for a session
	WaitTime time.Duration // how long they did, in all
	InFlight int           // calls at the driver now
	Up       bool          // whether the driver runs
	PID      int           // of the driver, if it runs
}
