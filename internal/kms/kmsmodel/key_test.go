package kmsmodel

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// set is what the keys of a multi-Region key have in common. A single-Region key is a set
// of one.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
type set struct {
	id      string // the key id
	spec    types.KeySpec
	usage   types.KeyUsageType
	origin  types.OriginType
	multi   bool
	store   *keyStore       // custom, or nil
	primary string          // its Region
	keys    map[string]*key // by Region

	externalKey string // in a store behind a proxy

	materials []*material // in the order in which they came
	current   *material   // nil before the first import
	pending   *material   // imported, and not yet rotated to
	public    []byte      // the public key, once it is known

	period int32 // days; 0 if automatic rotation is off
	next   time.Time
}

// key is a set's key in one Region, with what is its own.
type key struct {
	*set
	region      string
	state       types.KeyState
	created     time.Time
	description string
	tags        map[string]string
	aliases     map[string]bool // names
	grants      []*grant
	unready     bool      // new, or Updating: a job is to come
	deletion    time.Time // when PendingDeletion
	window      int32     // when PendingReplicaDeletion
	used        use
	history     []string // what was done to it, for whoever looks for a difference
}

// material is one key material of a set. Material from AWS_KMS is wherever there is a key;
// what was imported is in the Regions of here.
type material struct {
	id          string
	bytes       []byte // of imported material
	here        map[string]time.Time
	rotated     time.Time // zero for the first and for pending material
	by          types.RotationType
	description string
}

type use struct {
	operation string
	at        time.Time
	id        string
	request   string
}

const account = "000000000000"

func keyARN(region, id string) string {
	return "arn:aws:kms:" + region + ":" + account + ":key/" + id
}

func aliasARN(region, name string) string {
	return "arn:aws:kms:" + region + ":" + account + ":" + name
}

func (k *key) arn() string { return keyARN(k.region, k.id) }

func (s *set) symmetric() bool { return s.spec == types.KeySpecSymmetricDefault }

func (s *set) asymmetric() bool {
	return !s.symmetric() && s.usage != types.KeyUsageTypeGenerateVerifyMac
}

func (s *set) external() bool { return s.origin == types.OriginTypeExternal }

func (k *key) isPrimary() bool { return k.region == k.primary }

func (k *key) pendingDeletion() bool { return column(k.state) == types.KeyStatePendingDeletion }

// complete reports whether the key has all material that something may be encrypted under.
func (k *key) complete() bool {
	if !k.external() {
		return true
	}
	for _, m := range k.materials {
		if _, here := m.here[k.region]; m != k.pending && !here {
			return false
		}
	}
	return k.current != nil
}

// expiry is when the first of the key's materials expires; zero if none does.
func (k *key) expiry() (first time.Time) {
	for _, m := range k.materials {
		if t := m.here[k.region]; !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// metadata is the key as DescribeKey shows it.
func (k *key) metadata() *types.KeyMetadata {
	m := &types.KeyMetadata{
		AWSAccountId: new(account), Arn: new(k.arn()), KeyId: &k.id, CreationDate: &k.created, Description: &k.description,
		Enabled:  k.now() == types.KeyStateEnabled || k.now() == types.KeyStateUpdating,
		KeyUsage: k.usage, KeyState: k.now(), Origin: k.origin, KeyManager: types.KeyManagerTypeCustomer,
		KeySpec: k.spec, CustomerMasterKeySpec: types.CustomerMasterKeySpec(k.spec), MultiRegion: &k.multi,
	}
	setAlgorithms(m, k.spec, k.usage)
	if k.custom() {
		k.store.describe(k, m)
	}
	if k.namesMaterial() && k.current != nil {
		m.CurrentKeyMaterialId = &k.current.id
	}
	if k.multi {
		m.MultiRegionConfiguration = k.configuration()
	}
	if k.external() && k.complete() {
		m.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
		if t := k.expiry(); !t.IsZero() {
			m.ExpirationModel, m.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, &t
		}
	}
	switch k.state {
	case types.KeyStatePendingDeletion:
		m.DeletionDate = &k.deletion
	case types.KeyStatePendingReplicaDeletion:
		m.PendingDeletionWindowInDays = &k.window
	}
	return m
}

func (k *key) configuration() *types.MultiRegionConfiguration {
	c := &types.MultiRegionConfiguration{
		MultiRegionKeyType: types.MultiRegionKeyTypeReplica,
		PrimaryKey:         &types.MultiRegionKey{Arn: new(keyARN(k.primary, k.id)), Region: &k.primary},
		ReplicaKeys:        []types.MultiRegionKey{},
	}
	if k.isPrimary() {
		c.MultiRegionKeyType = types.MultiRegionKeyTypePrimary
	}
	for _, r := range k.regions() {
		if r != k.primary {
			c.ReplicaKeys = append(c.ReplicaKeys, types.MultiRegionKey{Arn: new(keyARN(r, k.id)), Region: &r})
		}
	}
	return c
}

// regions are those that have a key of the set, sorted.
func (s *set) regions() (list []string) {
	for _, r := range regions {
		if s.keys[r] != nil {
			list = append(list, r)
		}
	}
	slices.Sort(list)
	return list
}

// algorithms are those of each key spec and usage, in the order of answers.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
var algorithms = map[types.KeySpec]map[types.KeyUsageType][]string{
	types.KeySpecSymmetricDefault: {types.KeyUsageTypeEncryptDecrypt: {"SYMMETRIC_DEFAULT"}},
	types.KeySpecRsa2048: {
		types.KeyUsageTypeEncryptDecrypt: {"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"},
		types.KeyUsageTypeSignVerify: {
			"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
			"RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
		},
	},
	types.KeySpecEccNistP256:         {types.KeyUsageTypeSignVerify: {"ECDSA_SHA_256"}, types.KeyUsageTypeKeyAgreement: {"ECDH"}},
	types.KeySpecEccNistP384:         {types.KeyUsageTypeSignVerify: {"ECDSA_SHA_384"}, types.KeyUsageTypeKeyAgreement: {"ECDH"}},
	types.KeySpecEccNistP521:         {types.KeyUsageTypeSignVerify: {"ECDSA_SHA_512"}, types.KeyUsageTypeKeyAgreement: {"ECDH"}},
	types.KeySpecEccSecgP256k1:       {types.KeyUsageTypeSignVerify: {"ECDSA_SHA_256"}},
	types.KeySpecEccNistEdwards25519: {types.KeyUsageTypeSignVerify: {"ED25519_SHA_512", "ED25519_PH_SHA_512"}},
	types.KeySpecHmac224:             {types.KeyUsageTypeGenerateVerifyMac: {"HMAC_SHA_224"}},
	types.KeySpecHmac256:             {types.KeyUsageTypeGenerateVerifyMac: {"HMAC_SHA_256"}},
	types.KeySpecHmac384:             {types.KeyUsageTypeGenerateVerifyMac: {"HMAC_SHA_384"}},
	types.KeySpecHmac512:             {types.KeyUsageTypeGenerateVerifyMac: {"HMAC_SHA_512"}},
	types.KeySpecMlDsa44:             {types.KeyUsageTypeSignVerify: {"ML_DSA_SHAKE_256"}},
	types.KeySpecMlDsa65:             {types.KeyUsageTypeSignVerify: {"ML_DSA_SHAKE_256"}},
	types.KeySpecMlKem512:            {types.KeyUsageTypeEncapsulateDecapsulate: {"ML_KEM"}},
	types.KeySpecMlKem768:            {types.KeyUsageTypeEncapsulateDecapsulate: {"ML_KEM"}},
}

func setAlgorithms(m *types.KeyMetadata, spec types.KeySpec, usage types.KeyUsageType) {
	for _, a := range algorithms[spec][usage] {
		switch usage {
		case types.KeyUsageTypeEncryptDecrypt:
			m.EncryptionAlgorithms = append(m.EncryptionAlgorithms, types.EncryptionAlgorithmSpec(a))
		case types.KeyUsageTypeSignVerify:
			m.SigningAlgorithms = append(m.SigningAlgorithms, types.SigningAlgorithmSpec(a))
		case types.KeyUsageTypeGenerateVerifyMac:
			m.MacAlgorithms = append(m.MacAlgorithms, types.MacAlgorithmSpec(a))
		case types.KeyUsageTypeKeyAgreement:
			m.KeyAgreementAlgorithms = append(m.KeyAgreementAlgorithms, types.KeyAgreementAlgorithmSpec(a))
		case types.KeyUsageTypeEncapsulateDecapsulate:
			m.EncapsulationAlgorithms = append(m.EncapsulationAlgorithms, types.EncapsulationAlgorithmSpec(a))
		}
	}
}
