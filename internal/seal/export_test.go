package seal

import "github.com/keystead/keystead/internal/secret"

// CheapPassphrase is Passphrase with an Argon2id that takes milliseconds.
func CheapPassphrase(path, phrase string) Provider {
	return &passphrase{rootFile: rootFile(path), phrase: secret.FromString(phrase), cost: cost{Time: 1, Memory: 8 << 10, Threads: 1}}
}

// PassphraseFile returns the content of a passphrase file with these parameters that is whole
// in every other way.
func PassphraseFile(time, memory uint32, threads uint8, salt []byte) ([]byte, error) {
	return encodeDocument(protectionPassphrase, passphraseDocument{cost{time, memory, threads, salt}, make([]byte, 60)})
}

// KeyringFile returns the content of a root key file with that body and a right checksum.
func KeyringFile(body any) ([]byte, error) { return encodeDocument(protectionNone, body) }
