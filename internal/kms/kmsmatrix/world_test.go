package kmsmatrix

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/cloudtrail"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/keypair"
	"github.com/keystead/keystead/internal/keystore/external"
	"github.com/keystead/keystead/internal/keystore/software"
	service "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/kms/kmstest"
	"github.com/keystead/keystead/internal/material"
	"github.com/keystead/keystead/internal/material/materialtest"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

const (
	account = "111122223333"
	here    = "us-east-1"
	there   = "eu-west-1"
	root    = "arn:aws:iam::" + account + ":root"
)

// The part that a key has in a multi-Region key.
const (
	single  = ""
	primary = "primary"
	replica = "replica"
)

// kind is what about a key, other than its state, an operation may ask for.
type kind struct {
	spec   types.KeySpec
	usage  types.KeyUsageType
	origin types.OriginType
	part   string
}

func (k kind) symmetric() bool { return k.spec == types.KeySpecSymmetricDefault }

// kinds are all kinds of key: of each spec and usage one with material of its own, and one with
// imported material where there can be; and of some the parts of a multi-Region key.
func kinds() []kind {
	var all []kind
	for _, s := range material.Specs {
		for _, u := range s.Usages {
			all = append(all, kind{s.Name, u, types.OriginTypeAwsKms, single})
			if s.Importable() {
				all = append(all, kind{s.Name, u, types.OriginTypeExternal, single})
			}
		}
	}
	for _, part := range []string{primary, replica} {
		all = append(all, kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, types.OriginTypeAwsKms, part},
			kind{types.KeySpecRsa2048, types.KeyUsageTypeSignVerify, types.OriginTypeAwsKms, part},
			kind{types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, types.OriginTypeAwsKms, part})
	}
	for _, o := range []types.OriginType{types.OriginTypeAwsCloudhsm, types.OriginTypeExternalKeyStore} {
		all = append(all, kind{types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt, o, single})
	}
	return all
}

// states are those that a key of the kind can have.
func (k kind) states() []types.KeyState {
	switch {
	case k.part == primary:
		return []types.KeyState{types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingReplicaDeletion, types.KeyStateUpdating}
	case k.part == replica:
		return []types.KeyState{types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStateCreating}
	case k.origin == types.OriginTypeExternal:
		return []types.KeyState{types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStatePendingImport}
	case k.custom():
		return []types.KeyState{types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStateUnavailable}
	default:
		return []types.KeyState{types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion}
	}
}

// world is a service without background jobs, so that no state ends by itself.
type world struct {
	*testing.T
	*service.Service
	db    *store.DB
	proxy *xkstest.Proxy
}

func newWorld(t *testing.T, url string) *world {
	sealer := storetest.Sealer(t)
	db := storetest.Open(t, store.Options{URL: url, Sealer: sealer})
	quiet := slog.New(slog.DiscardHandler)
	proxy := xkstest.New(t)
	return &world{t, service.New(service.Options{
		Clusters: hsms{anchor: string(proxy.CA.PEM())}, External: external.New(external.Options{Roots: proxy.CA.Pool(), Hosts: proxy.Hosts(), Timeout: 5 * time.Second}),
		DB: db, Principals: kmstest.Everybody{}, Clock: new(clock.Clock), Software: software.New(db, 1<<20), Journal: silent{},
		Log: quiet, Sealer: sealer, Pairs: keypair.New(quiet), CacheBytes: 1 << 20,
	}), db, proxy}
}

type silent struct{}

// Record implements kms.Journal.
func (silent) Record(*cloudtrail.Event) error { return nil }

// call calls a method of the service as the root user.
func call[In, Out any](w *world, region string, f func(context.Context, *iam.Caller, *In) (*Out, error), in *In) (*Out, error) {
	return f(w.Context(), &iam.Caller{
		Principal: iam.Principal{Type: iam.TypeRoot, ARN: root, Account: account}, Region: region,
		Event: &cloudtrail.Event{Name: strings.TrimSuffix(reflect.TypeFor[In]().Name(), "Input"), RequestID: cloudtrail.NewID()},
	}, in)
}

// must is call for what has to succeed.
func must[In, Out any](w *world, region string, f func(context.Context, *iam.Caller, *In) (*Out, error), in *In) *Out {
	w.Helper()
	out, err := call(w, region, f, in)
	if err != nil {
		w.Fatalf("%T: %s", in, outcome(err))
	}
	return out
}

// outcome is "ok", "Code: message", or "Code".
func outcome(err error) string {
	var e smithy.APIError
	switch {
	case err == nil:
		return ok
	case !errors.As(err, &e):
		return "internal: " + err.Error()
	case e.ErrorMessage() == "":
		return e.ErrorCode()
	default:
		return e.ErrorCode() + ": " + e.ErrorMessage()
	}
}

// subject is a key in the middle of its life, with what calls need of it.
type subject struct {
	kind
	region, id, arn string
	other           string // a symmetric key
	alias, spare    string // of the key, and of another of its usage
	grant           string
	keyStore        string // of a key in a custom key store
	blob            []byte // a ciphertext of the key, or of the other one
	peer            []byte // a public key of the same curve
	signature, mac  []byte
	capsule         []byte
	token, wrapped  []byte // what is imported
}

// newSubject makes an enabled key of a kind.
func (w *world) newSubject(k kind) *subject {
	w.Helper()
	s := &subject{kind: k, region: here, alias: "alias/first", spare: "alias/spare"}
	s.other = *must(w, here, w.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId
	in := kms.CreateKeyInput{KeySpec: k.spec, KeyUsage: k.usage, Origin: k.origin, MultiRegion: new(k.part != single)}
	if k.custom() {
		w.intoStore(s, &in)
	}
	s.id = *must(w, here, w.CreateKey, &in).KeyMetadata.KeyId
	if k.origin == types.OriginTypeExternal {
		w.wrap(s)
		w.importInto(s)
	}
	if k.part != single {
		must(w, here, w.ReplicateKey, &kms.ReplicateKeyInput{KeyId: &s.id, ReplicaRegion: new(there)})
	}
	if k.part == replica {
		s.region = there
		s.other = *must(w, there, w.CreateKey, &kms.CreateKeyInput{}).KeyMetadata.KeyId
	}
	if k.part != single {
		w.settle()
	}
	s.arn = "arn:aws:kms:" + s.region + ":" + account + ":key/" + s.id
	return s
}

// settle lets what takes a while in AWS come to its end.
func (w *world) settle() {
	w.Helper()
	if _, err := w.SynchronizeDueKeys(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// wrap makes material for a key and everything to import it with.
func (w *world) wrap(s *subject) {
	w.Helper()
	m, err := material.Generate(material.SpecOf(s.spec))
	if err != nil {
		w.Fatal(err)
	}
	in := kms.GetParametersForImportInput{KeyId: &s.id, WrappingAlgorithm: types.AlgorithmSpecRsaAesKeyWrapSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
	if s.symmetric() || s.usage == types.KeyUsageTypeGenerateVerifyMac {
		in.WrappingAlgorithm = types.AlgorithmSpecRsaesOaepSha256
	}
	p := must(w, here, w.GetParametersForImport, &in)
	s.token, s.wrapped = p.ImportToken, materialtest.Wrap(w, p.PublicKey, in.WrappingAlgorithm, m.Secret().Expose())
}

func (w *world) importInto(s *subject) {
	w.Helper()
	must(w, s.region, w.ImportKeyMaterial, s.importInput())
}

func (s *subject) importInput() *kms.ImportKeyMaterialInput {
	return &kms.ImportKeyMaterialInput{
		KeyId: &s.id, ImportToken: s.token, EncryptedKeyMaterial: s.wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
}

// furnish makes what calls need of an enabled key.
func (w *world) furnish(s *subject) {
	w.Helper()
	must(w, s.region, w.CreateAlias, &kms.CreateAliasInput{AliasName: &s.alias, TargetKeyId: &s.id})
	another := kms.CreateKeyInput{KeySpec: s.spec, KeyUsage: s.usage, Origin: types.OriginTypeAwsKms}
	if material.SpecOf(s.spec).Importable() {
		another.Origin = types.OriginTypeExternal // which costs no material
	}
	spare := *must(w, s.region, w.CreateKey, &another).KeyMetadata.KeyId
	must(w, s.region, w.CreateAlias, &kms.CreateAliasInput{AliasName: &s.spare, TargetKeyId: &spare})
	grant := kms.CreateGrantInput{KeyId: &s.id, GranteePrincipal: new(root), RetiringPrincipal: new(root), Operations: []types.GrantOperation{types.GrantOperationDescribeKey}}
	s.grant = *must(w, s.region, w.CreateGrant, &grant).GrantId
	source := s.other
	if s.usage == types.KeyUsageTypeEncryptDecrypt {
		source = s.id
	}
	s.blob = must(w, s.region, w.Encrypt, &kms.EncryptInput{KeyId: &source, Plaintext: []byte("text"), EncryptionAlgorithm: s.encryption()}).CiphertextBlob
	s.signature, s.mac, s.capsule = []byte("signature"), []byte("mac"), make([]byte, 1088)
	switch s.usage {
	case types.KeyUsageTypeSignVerify:
		s.signature = must(w, s.region, w.Sign, s.signInput()).Signature
	case types.KeyUsageTypeGenerateVerifyMac:
		s.mac = must(w, s.region, w.GenerateMac, &kms.GenerateMacInput{KeyId: &s.id, Message: []byte("m"), MacAlgorithm: s.macAlgorithm()}).Mac
	case types.KeyUsageTypeKeyAgreement:
		s.peer = must(w, s.region, w.GetPublicKey, &kms.GetPublicKeyInput{KeyId: &s.id}).PublicKey
	case types.KeyUsageTypeEncapsulateDecapsulate:
		s.capsule = must(w, s.region, w.Encapsulate, s.encapsulateInput()).SharedSecretCiphertextBlob
	}
}

// bring puts a key that is enabled into a state.
func (w *world) bring(s *subject, state types.KeyState) {
	w.Helper()
	switch state {
	case types.KeyStateDisabled:
		must(w, s.region, w.DisableKey, &kms.DisableKeyInput{KeyId: &s.id})
	case types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
		must(w, s.region, w.ScheduleKeyDeletion, &kms.ScheduleKeyDeletionInput{KeyId: &s.id})
	case types.KeyStatePendingImport:
		must(w, s.region, w.DeleteImportedKeyMaterial, &kms.DeleteImportedKeyMaterialInput{KeyId: &s.id})
	case types.KeyStateUpdating:
		must(w, s.region, w.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &s.id, PrimaryRegion: new(there)})
		must(w, there, w.UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: &s.id, PrimaryRegion: new(here)})
	case types.KeyStateUnavailable:
		must(w, s.region, w.DisconnectCustomKeyStore, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: &s.keyStore})
		w.settleStores()
	case types.KeyStateCreating:
		w.recreate(s)
	}
	w.wantState(s, state)
}

// recreate puts a key back into the state in which it was made, in which nothing could be made
// of it for the calls.
func (w *world) recreate(s *subject) {
	w.Helper()
	err := w.db.Update(w.Context(), func(tx *store.Tx) error {
		r, err := tx.Get("kms-key", s.region+"/"+s.id)
		if err != nil {
			return err
		}
		r.Body = bytes.Replace(r.Body, []byte(`"state":"Enabled"`), []byte(`"state":"Creating"`), 1)
		return tx.Put(r)
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) wantState(s *subject, want types.KeyState) {
	w.Helper()
	if got := must(w, s.region, w.DescribeKey, &kms.DescribeKeyInput{KeyId: &s.id}).KeyMetadata.KeyState; got != want {
		w.Fatalf("the key %+v is %s, want %s", s.kind, got, want)
	}
}

// keptKinds are the kinds of records in which the service keeps what there is of keys.
var keptKinds = []string{
	"kms-key", "kms-material", "kms-alias", "kms-grant", "kms-grant-name", "kms-grant-count", "kms-rotation", "kms-expiry", "kms-synchronization",
	"kms-key-store", "kms-key-store-key", "kms-hsm-deletion",
}

// records are all records of these kinds.
func (w *world) records() (all []store.Record) {
	w.Helper()
	for _, kind := range keptKinds {
		records, err := w.db.Scan(w.Context(), kind, store.Range{})
		if err != nil {
			w.Fatal(err)
		}
		for _, r := range records {
			if !strings.HasPrefix(r.Key, "keystead/") { // the service's own, which seals import tokens
				all = append(all, r)
			}
		}
	}
	return all
}

// wantSame reports records that are not as they were, whatever their versions.
func (w *world) wantSame(was []store.Record) {
	w.Helper()
	if diff := cmp.Diff(was, w.records(), cmpopts.IgnoreFields(store.Record{}, "Version")); diff != "" {
		w.Errorf("calls that must change nothing did:\n%s", diff)
	}
}

// restore puts the records back as they were.
func (w *world) restore(was []store.Record) {
	w.Helper()
	type name struct{ kind, key string }
	versions := map[name]int64{}
	now := w.records()
	for _, r := range now {
		versions[name{r.Kind, r.Key}] = r.Version
	}
	err := w.db.Update(w.Context(), func(tx *store.Tx) error {
		wanted := map[name]bool{}
		for _, r := range was {
			wanted[name{r.Kind, r.Key}] = true
			if versions[name{r.Kind, r.Key}] == r.Version {
				continue
			}
			if err := tx.Upsert(r); err != nil {
				return err
			}
		}
		for _, r := range now {
			if wanted[name{r.Kind, r.Key}] {
				continue
			}
			if err := tx.Delete(r.Kind, r.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}
