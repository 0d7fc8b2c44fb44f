package material

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Spec is what there is to know of a key spec. The ones of Specs are all there are; they are
// compared by their addresses.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
type Spec struct {
	Name   types.KeySpec
	Family Family
	Bits   int // of the modulus, the curve, the HMAC, or in the name of the parameter set
	Usages []types.KeyUsageType
	Pairs  bool // GenerateDataKeyPair makes pairs of it

	// Algorithms are what each usage offers, in the order in which answers list them.
	algorithms map[types.KeyUsageType][]string

	// Beyond says why the spec is outside the FIPS 140-3 module of the program; "" if it is
	// inside.
	beyond string
}

// Family is the kind of material of a key spec. Each has a file.
type Family uint8

// The families.
const (
	Symmetric Family = iota
	RSA
	ECC // on the curves of NIST
	SECG
	Edwards
	HMAC
	MLDSA
	MLKEM
)

const (
	encrypt     = types.KeyUsageTypeEncryptDecrypt
	sign        = types.KeyUsageTypeSignVerify
	agree       = types.KeyUsageTypeKeyAgreement
	mac         = types.KeyUsageTypeGenerateVerifyMac
	encapsulate = types.KeyUsageTypeEncapsulateDecapsulate
)

// Specs are all key specs that keys can be made of.
var Specs = []*Spec{
	{Name: types.KeySpecSymmetricDefault, Family: Symmetric, Bits: 256, Usages: []types.KeyUsageType{encrypt}, algorithms: map[types.KeyUsageType][]string{
		encrypt: {string(types.EncryptionAlgorithmSpecSymmetricDefault)},
	}},
	rsaSpec(types.KeySpecRsa2048, 2048), rsaSpec(types.KeySpecRsa3072, 3072), rsaSpec(types.KeySpecRsa4096, 4096),
	nistSpec(types.KeySpecEccNistP256, 256, types.SigningAlgorithmSpecEcdsaSha256),
	nistSpec(types.KeySpecEccNistP384, 384, types.SigningAlgorithmSpecEcdsaSha384),
	nistSpec(types.KeySpecEccNistP521, 521, types.SigningAlgorithmSpecEcdsaSha512),
	{Name: types.KeySpecEccSecgP256k1, Family: SECG, Bits: 256, Usages: []types.KeyUsageType{sign}, Pairs: true,
		algorithms: map[types.KeyUsageType][]string{sign: {string(types.SigningAlgorithmSpecEcdsaSha256)}},
		beyond:     "its curve is not one of FIPS 186-5"},
	{Name: types.KeySpecEccNistEdwards25519, Family: Edwards, Bits: 255, Usages: []types.KeyUsageType{sign}, Pairs: true,
		algorithms: map[types.KeyUsageType][]string{
			sign: {string(types.SigningAlgorithmSpecEd25519Sha512), string(types.SigningAlgorithmSpecEd25519PhSha512)},
		}},
	hmacSpec(types.KeySpecHmac224, 224, types.MacAlgorithmSpecHmacSha224), hmacSpec(types.KeySpecHmac256, 256, types.MacAlgorithmSpecHmacSha256),
	hmacSpec(types.KeySpecHmac384, 384, types.MacAlgorithmSpecHmacSha384), hmacSpec(types.KeySpecHmac512, 512, types.MacAlgorithmSpecHmacSha512),
	mldsaSpec(types.KeySpecMlDsa44, 44), mldsaSpec(types.KeySpecMlDsa65, 65), mldsaSpec(types.KeySpecMlDsa87, 87),
	mlkemSpec(types.KeySpecMlKem512, 512, "the module has no ML-KEM-512"), mlkemSpec(types.KeySpecMlKem768, 768, ""), mlkemSpec(types.KeySpecMlKem1024, 1024, ""),
}

func rsaSpec(name types.KeySpec, bits int) *Spec {
	return &Spec{Name: name, Family: RSA, Bits: bits, Usages: []types.KeyUsageType{encrypt, sign}, Pairs: true, algorithms: map[types.KeyUsageType][]string{
		encrypt: {string(types.EncryptionAlgorithmSpecRsaesOaepSha1), string(types.EncryptionAlgorithmSpecRsaesOaepSha256)},
		sign: {
			string(types.SigningAlgorithmSpecRsassaPkcs1V15Sha256), string(types.SigningAlgorithmSpecRsassaPkcs1V15Sha384),
			string(types.SigningAlgorithmSpecRsassaPkcs1V15Sha512), string(types.SigningAlgorithmSpecRsassaPssSha256),
			string(types.SigningAlgorithmSpecRsassaPssSha384), string(types.SigningAlgorithmSpecRsassaPssSha512),
		},
	}}
}

func nistSpec(name types.KeySpec, bits int, algorithm types.SigningAlgorithmSpec) *Spec {
	return &Spec{Name: name, Family: ECC, Bits: bits, Usages: []types.KeyUsageType{sign, agree}, Pairs: true, algorithms: map[types.KeyUsageType][]string{
		sign: {string(algorithm)}, agree: {string(types.KeyAgreementAlgorithmSpecEcdh)},
	}}
}

func hmacSpec(name types.KeySpec, bits int, algorithm types.MacAlgorithmSpec) *Spec {
	return &Spec{Name: name, Family: HMAC, Bits: bits, Usages: []types.KeyUsageType{mac}, algorithms: map[types.KeyUsageType][]string{mac: {string(algorithm)}}}
}

func mldsaSpec(name types.KeySpec, set int) *Spec {
	return &Spec{Name: name, Family: MLDSA, Bits: set, Usages: []types.KeyUsageType{sign},
		algorithms: map[types.KeyUsageType][]string{sign: {string(types.SigningAlgorithmSpecMlDsaShake256)}},
		beyond:     "the module has no ML-DSA that programs can use"}
}

func mlkemSpec(name types.KeySpec, set int, beyond string) *Spec {
	return &Spec{Name: name, Family: MLKEM, Bits: set, Usages: []types.KeyUsageType{encapsulate}, Pairs: true, beyond: beyond,
		algorithms: map[types.KeyUsageType][]string{encapsulate: {string(types.EncapsulationAlgorithmSpecMlKem)}}}
}

var specs = func() map[types.KeySpec]*Spec {
	m := make(map[types.KeySpec]*Spec, len(Specs))
	for _, s := range Specs {
		m[s.Name] = s
	}
	return m
}()

// SpecOf returns the key spec of that name; nil if there is none, or none that keys can be
// made of (SM2).
func SpecOf(name types.KeySpec) *Spec { return specs[name] }

// Algorithms are what a key of the spec can do for a usage, in the order in which answers list
// them.
func (s *Spec) Algorithms(u types.KeyUsageType) []string { return s.algorithms[u] }

// Offers reports whether a key of the spec and the usage has the algorithm.
func (s *Spec) Offers(u types.KeyUsageType, algorithm string) bool {
	return slices.Contains(s.algorithms[u], algorithm)
}

// Asymmetric reports whether keys of the spec have a public key.
func (s *Spec) Asymmetric() bool { return s.Family != Symmetric && s.Family != HMAC }

// Importable reports whether material of the spec can come from outside.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html
func (s *Spec) Importable() bool { return s.Family != MLDSA && s.Family != MLKEM }
