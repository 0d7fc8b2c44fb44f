package wire

import "time"

// Op is what a request asks for.
type Op uint8

// The operations of the driver.
const (
	_            Op = iota
	OpTokens        // all tokens of the module
	OpInfo          // one token
	OpInitialize    // C_InitToken on a free slot: PIN is the officer's, Key.Label the token's label
	OpLogin         // C_Login: User, PIN; Again as of a login that was good before
	OpLogout        // C_Logout
	OpInitPIN       // C_InitPIN
	OpSetPIN        // C_SetPIN from PIN to NewPIN
	OpGenerate      // C_GenerateKey of an AES key of 256 bits with the id and label of Key
	OpKeys          // the secret keys with the id and label of Key; either may be empty
	OpDestroy       // C_DestroyObject of the AES key with the id of Key
	OpEncrypt       // AES-GCM of Data with AAD
	OpDecrypt       // AES-GCM of Data, IV and Tag with AAD
	OpRandom        // N bytes of C_GenerateRandom
	lastOp
)

// User is a role at a token.
type User uint8

// The roles of PKCS#11: the security officer and the normal user, whom AWS CloudHSM calls
// crypto user.
const (
	_ User = iota
	Officer
	CryptoUser
	lastUser
)

// Selector names a token. What is empty does not matter; if all is empty, the selector
// means the only initialized token.
type Selector struct {
	Label  string
	Serial string
	Slot   *uint
}

// KeyRef names a key by the bytes of its CKA_ID, or its CKA_LABEL, or both.
type KeyRef struct{ ID, Label string }

// Request is what the driver is asked to do. Each operation uses some of the fields.
type Request struct {
	ID     uint64
	Op     Op
	Wait   time.Duration // how long to wait for a session
	Token  Selector
	Key    KeyRef
	User   User
	Again  bool
	N      uint
	PIN    []byte
	NewPIN []byte
	IV     []byte
	AAD    []byte
	Data   []byte
	Tag    []byte
}

// Status is the kind of a response.
type Status uint8

// The kinds of a response.
const (
	_         Status = iota
	OK               // done
	Failed           // a function of the module failed: Function, Code
	Refused          // the driver does not do that: Text
	Busy             // no session in time
	NoToken          // no such token: Text
	NoKey            // no such key
	Exists           // the key exists
	NotOpened        // the ciphertext does not open
	lastStatus
)

// TokenInfo describes a token, as CK_TOKEN_INFO does.
type TokenInfo struct {
	Slot          uint
	Label         string
	Serial        string
	Manufacturer  string
	Model         string
	Firmware      string
	Initialized   bool
	UserPINSet    bool
	UserPINLocked bool
	LoginRequired bool
	MaxSessions   uint // 0: as many as one likes, or not known
}

// Key describes a secret key at a token by its attributes. One that the module does not
// know is false or empty.
type Key struct {
	ID    []byte
	Label string
	Bits  int
	AES   bool // else another kind of secret key

	Encrypt, Decrypt, Sign, Verify, Wrap, Unwrap, Derive bool

	Sensitive, AlwaysSensitive, Extractable, NeverExtractable bool

	Local   bool // was made by the token
	Private bool // only who is logged in sees it
}

// flags are the booleans of a key in the order of their bits.
func (k *Key) flags() []*bool {
	return []*bool{&k.AES, &k.Encrypt, &k.Decrypt, &k.Sign, &k.Verify, &k.Wrap, &k.Unwrap, &k.Derive,
		&k.Sensitive, &k.AlwaysSensitive, &k.Extractable, &k.NeverExtractable, &k.Local, &k.Private}
}

func (t *TokenInfo) flags() []*bool {
	return []*bool{&t.Initialized, &t.UserPINSet, &t.UserPINLocked, &t.LoginRequired}
}

// Response is the driver's answer. The first one has the id 0 and tells that the module is
// ready: Code is the Version, Text names the library; or why it is not.
type Response struct {
	ID       uint64
	Status   Status
	More     bool          // another response to the same request follows
	Waited   time.Duration // for a session
	Function string
	Code     uint
	Text     string
	IV       []byte
	Data     []byte
	Tag      []byte
	Tokens   []TokenInfo
	Keys     []Key
}
