package kms_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/iam/decision"
	"github.com/keystead/keystead/internal/iam/policy"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/xks"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestHSMKeyFailures has a cluster that fails in each way.
func TestHSMKeyFailures(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	told := 0
	o := v.options
	o.Throttled = func(rules.StoreThrottle) { told++ }
	v.Service = rules.New(o)
	const origin = types.OriginTypeAwsCloudhsm
	ks := v.connected(origin)
	key := v.key(origin, ks)
	arn := *v.metadata(key).Arn
	blob, _, err := v.encrypt(key)
	must(t, "Encrypt", err)
	h := v.clusters.hsm(firstCluster)
	const unreachable = "KMSInvalidStateException: KMS cannot communicate with your CloudHSM cluster"
	for _, c := range []struct {
		fails error
		want  string
	}{
		{cloudhsm.ErrUnreachable, unreachable},
		{cloudhsm.ErrNotFound, unreachable},
		{context.DeadlineExceeded, unreachable},
		{&cloudhsm.ConnectError{Code: types.ConnectionErrorCodeTypeInvalidCredentials}, unreachable},
		{cloudhsm.ErrThrottled, "KMSInternalException: KMS cannot get a free PKCS#11 session at your CloudHSM cluster. Retry the request with exponential backoff."},
		{cloudhsm.ErrNoKey, "KMSInvalidStateException: KMS cannot find the key material of " + arn + " in your CloudHSM cluster."},
	} {
		h.set(func(h *hsm) { h.fails = c.fails })
		_, event, err := v.encrypt(key)
		wantOutcome(t, "Encrypt", err, c.want)
		if field(t, event, "backingKeyId") != v.backingID() {
			t.Error("the record of the failure names another key")
		}
		p, _, err := v.decrypt(blob)
		wantOutcome(t, "Decrypt", err, c.want)
		if p != "" {
			t.Errorf("Decrypt gives %q", p)
		}
	}
	if told != 2 { // the metric of throttling has what the cluster throttles
		t.Errorf("told of %d calls that found no free session, want 2", told)
	}
	secret := errors.New("CKR_DEVICE_ERROR on slot 7")
	h.set(func(h *hsm) { h.fails = secret })
	if _, _, err := v.encrypt(key); err == nil || strings.Contains(outcome(err), "Exception") {
		t.Errorf("an unknown failure is %v; it must be an internal one", err)
	}
	h.set(func(h *hsm) { h.fails = nil })
	changed := append([]byte(nil), blob...)
	changed[len(changed)-1] ^= 1
	_, _, err = v.decrypt(changed)
	wantOutcome(t, "Decrypt of a changed ciphertext", err, "InvalidCiphertextException")
	_, err = v.Decrypt(t.Context(), v.calling("Decrypt"), &kms.DecryptInput{CiphertextBlob: blob})
	wantOutcome(t, "Decrypt without the encryption context", err, "InvalidCiphertextException")
	if p, _, err := v.decrypt(blob); p != "text" || err != nil {
		t.Errorf("Decrypt in the end: %q, %v", p, err)
	}
	if h.unbounded > 0 {
		t.Errorf("%d of %d calls would wait for HSMs that hang for ever", h.unbounded, len(h.calls))
	}
}

// TestExternalKeyFailures has a proxy that fails in each way. The table of the messages is tested
// where it is.
func TestExternalKeyFailures(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeExternalKeyStore
	ks := v.connected(origin)
	key := v.key(origin, ks)
	blob, _, err := v.encrypt(key)
	must(t, "Encrypt", err)
	soft, err := v.CreateKey(t.Context(), v.calling("CreateKey"), &kms.CreateKeyInput{})
	must(t, "CreateKey", err)
	for _, name := range []xks.ErrorName{
		xks.ValidationException, xks.InvalidStateException, xks.InvalidCiphertextException, xks.InvalidKeyUsageException, xks.AuthenticationFailedException,
		xks.AccessDeniedException, xks.KeyNotFoundException, xks.InvalidURIPathException, xks.UnsupportedOperationException, xks.DependencyTimeoutException,
		xks.ThrottlingException, xks.InternalException,
	} {
		v.proxy.Set(xkstest.Fails(name, "secret detail"))
		for what, call := range map[string]func(c *iam.Caller) error{
			"Encrypt": func(c *iam.Caller) error {
				return second(v.Encrypt(t.Context(), c, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("text")}))
			},
			"Decrypt": func(c *iam.Caller) error {
				return second(v.Decrypt(t.Context(), c, &kms.DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "b"}}))
			},
			"ReEncrypt": func(c *iam.Caller) error {
				return second(v.ReEncrypt(t.Context(), c, &kms.ReEncryptInput{
					CiphertextBlob: blob, SourceEncryptionContext: map[string]string{"a": "b"}, DestinationKeyId: soft.KeyMetadata.KeyId,
				}))
			},
			"GenerateDataKey": func(c *iam.Caller) error {
				return second(v.GenerateDataKey(t.Context(), c, &kms.GenerateDataKeyInput{KeyId: &key, KeySpec: types.DataKeySpecAes256}))
			},
		} {
			c := v.calling(what)
			err := call(c)
			wantException(t, what+", "+string(name), err, "KMSInvalidStateException")
			if strings.Contains(outcome(err), "secret") {
				t.Errorf("%s, %s: the caller sees the proxy's message: %v", what, name, err)
			}
			if !strings.Contains(data(c.Event), "ustomKeyStoreId="+ks) {
				t.Errorf("%s, %s: the record has %s", what, name, data(c.Event))
			}
		}
	}
	v.proxy.Set(nil)
	v.proxy.Stop()
	_, _, err = v.encrypt(key)
	wantException(t, "Encrypt without a proxy", err, "KMSInvalidStateException")
	v.proxy.Start()
	if p, _, err := v.decrypt(blob); p != "text" || err != nil {
		t.Errorf("Decrypt in the end: %q, %v", p, err)
	}
}

// openEndpoint is a private endpoint that lets everything through.
func openEndpoint(t *testing.T, account string) *iam.Endpoint {
	doc, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`))
	must(t, "policy.Parse", err)
	return &iam.Endpoint{
		ID: "vpce-1", VPC: "vpc-1", Account: account, Region: "us-east-1", Services: []string{"kms"},
		Policy: decision.Policy{Document: doc, Name: "the endpoint's policy"},
	}
}

// keyForAll makes a key that everybody may use.
func (v *vaults) keyForAll(origin types.OriginType, store string) *types.KeyMetadata {
	v.t.Helper()
	in := v.input(origin, store)
	in.Policy = new(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}}`)
	in.BypassPolicyLockoutSafetyCheck = true
	m, _, err := v.createKey(in)
	must(v.t, "CreateKey", err)
	return m
}

// TestExternalKeyRequestMetadata looks at what a proxy is told.
func TestExternalKeyRequestMetadata(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeExternalKeyStore
	ks := v.connected(origin)
	m := v.keyForAll(origin, ks)
	endpoint := openEndpoint(t, "000000000000")
	own := func(change func(c *iam.Caller)) *iam.Caller {
		c := v.calling("Encrypt")
		change(c)
		return c
	}
	const root = "arn:aws:iam::000000000000:root"
	for name, c := range map[string]struct {
		caller *iam.Caller
		want   xks.RequestMetadata
	}{
		"plain":    {own(func(*iam.Caller) {}), xks.RequestMetadata{PrincipalARN: root}},
		"by a VPC": {own(func(c *iam.Caller) { c.Endpoint = endpoint }), xks.RequestMetadata{PrincipalARN: root, SourceVPC: "vpc-1", SourceVPCE: "vpce-1"}},
		"by S3":    {own(func(c *iam.Caller) { c.Via = &iam.Via{Service: "s3.amazonaws.com", Region: "us-east-1"} }), xks.RequestMetadata{PrincipalARN: root, ViaService: "s3"}},
		"by S3 in a VPC": {own(func(c *iam.Caller) {
			c.Via, c.Endpoint = &iam.Via{Service: "s3.amazonaws.com", Region: "us-east-1"}, endpoint
		}), xks.RequestMetadata{PrincipalARN: root, ViaService: "s3"}},
		"a session": {own(func(c *iam.Caller) {
			c.Principal.ARN, c.Principal.Role = "arn:aws:sts::000000000000:assumed-role/a/b", "arn:aws:iam::000000000000:role/path/a"
		}), xks.RequestMetadata{PrincipalARN: "arn:aws:iam::000000000000:role/path/a"}},
	} {
		c.want.KeyARN, c.want.Operation, c.want.RequestID = *m.Arn, "Encrypt", c.caller.Event.RequestID
		if _, err := v.Encrypt(t.Context(), c.caller, &kms.EncryptInput{KeyId: m.KeyId, Plaintext: []byte("text")}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen := v.proxy.Seen()
		if got := seen[len(seen)-1].Metadata; got != c.want {
			t.Errorf("%s: the proxy was told %+v, want %+v", name, got, c.want)
		}
	}
}

// TestCustomKeyQuota has a store with a small quota: what is beyond it is refused before the store
// is asked, and told. Other keys are not concerned.
func TestCustomKeyQuota(t *testing.T) {
	t.Parallel()
	eachKind := func(t *testing.T, origin types.OriginType) {
		v := newVaults(t, sqlite(t))
		var mu sync.Mutex
		var told []rules.StoreThrottle
		o := v.options
		o.StoreRequests = 3
		o.Throttled = func(s rules.StoreThrottle) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, s)
		}
		v.Service = rules.New(o)
		ks := v.connected(origin)
		key := v.key(origin, ks)
		soft, err := v.CreateKey(t.Context(), v.calling("CreateKey"), &kms.CreateKeyInput{})
		must(t, "CreateKey", err)
		for range 3 {
			_, _, err := v.encrypt(key)
			must(t, "Encrypt", err)
		}
		asked := len(v.proxy.Seen()) + len(v.clusters.hsm(firstCluster).calls)
		_, _, err = v.encrypt(key)
		wantOutcome(t, "the fourth", err, "ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
		if now := len(v.proxy.Seen()) + len(v.clusters.hsm(firstCluster).calls); now != asked {
			t.Error("the store was asked all the same")
		}
		if _, _, err := v.encrypt(*soft.KeyMetadata.KeyId); err != nil {
			t.Errorf("another key: %v", err)
		}
		if len(told) != 1 || told[0].Store != ks || told[0].Operation != "Encrypt" || told[0].Account != "000000000000" {
			t.Errorf("told of %+v", told)
		}
		v.clock.Advance(1e9)
		_, _, err = v.encrypt(key)
		must(t, "Encrypt a second later", err)
	}
	for _, o := range customOrigins {
		eachKind(t, o)
	}
}

// TestHangingCluster has HSMs that hold all calls: they are bounded, and other keys go on.
func TestHangingCluster(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin, most = types.OriginTypeAwsCloudhsm, 512
	ks := v.connected(origin)
	key := v.key(origin, ks)
	soft, err := v.CreateKey(t.Context(), v.calling("CreateKey"), &kms.CreateKeyInput{})
	must(t, "CreateKey", err)
	gate, inside := make(chan struct{}), make(chan struct{}, most)
	v.clusters.hsm(firstCluster).set(func(h *hsm) {
		h.before = func(string) { inside <- struct{}{}; <-gate }
	})
	var wg sync.WaitGroup
	for range most {
		wg.Go(func() {
			if _, _, err := v.encrypt(key); err != nil {
				t.Errorf("a call that had to wait: %v", err)
			}
		})
	}
	for range most {
		<-inside
	}
	_, _, err = v.encrypt(key)
	wantException(t, "one too many", err, "ThrottlingException")
	_, _, err = v.createKey(v.input(origin, ks))
	wantException(t, "CreateKey, one too many", err, "ThrottlingException")
	if _, _, err := v.encrypt(*soft.KeyMetadata.KeyId); err != nil {
		t.Errorf("another key: %v", err)
	}
	close(gate)
	wg.Wait()
	if _, _, err := v.encrypt(key); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestCustomKeyOfOthers has a caller of another account, whom the key's policy allows.
func TestCustomKeyOfOthers(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	const origin = types.OriginTypeExternalKeyStore
	ks := v.connected(origin)
	m := v.keyForAll(origin, ks)
	c := v.stranger()
	c.Event.Name, c.Endpoint = "Encrypt", openEndpoint(t, "111111111111")
	if _, err := v.Encrypt(t.Context(), c, &kms.EncryptInput{KeyId: m.Arn, Plaintext: []byte("text")}); err != nil {
		t.Fatalf("Encrypt of another account: %v", err)
	}
	seen := v.proxy.Seen()
	if got := seen[len(seen)-1].Metadata; got.SourceVPC != "" || got.SourceVPCE != "" || got.PrincipalARN != "arn:aws:iam::111111111111:root" {
		t.Errorf("the proxy was told %+v", got)
	}
	_, err := v.CreateKey(t.Context(), v.stranger(), new(v.input(origin, ks)))
	wantException(t, "CreateKey in the store of another account", err, "CustomKeyStoreNotFoundException")
	_, err = v.GenerateRandom(t.Context(), v.stranger(), &kms.GenerateRandomInput{NumberOfBytes: new(int32(1)), CustomKeyStoreId: &ks})
	wantException(t, "GenerateRandom of the store of another account", err, "CustomKeyStoreNotFoundException")
}

// TestKeyOrigin has key policies that deny the use of keys by their origin.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/authorize-xks-key-store.html
func TestKeyOrigin(t *testing.T) {
	t.Parallel()
	for _, origin := range customOrigins {
		v := newVaults(t, sqlite(t))
		ks := v.connected(origin)
		for _, denied := range append([]types.OriginType{types.OriginTypeAwsKms}, customOrigins...) {
			in := v.input(origin, ks)
			if in.XksKeyId != nil {
				in.XksKeyId = new("of-" + string(denied))
				v.proxy.SetKey(*in.XksKeyId, xkstest.Key{})
			}
			in.Policy = new(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"},` +
				`{"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:KeyOrigin":"` + string(denied) + `"}}}]}`)
			m, _, err := v.createKey(in)
			must(t, "CreateKey", err)
			want := "ok"
			if denied == origin {
				want = "AccessDeniedException"
			}
			_, _, err = v.encrypt(*m.KeyId)
			wantException(t, string(origin)+" where "+string(denied)+" is denied", err, want)
		}
	}
}

// TestReEncryptBetweenStores takes a ciphertext from a store of HSMs to one behind a proxy, and
// back.
func TestReEncryptBetweenStores(t *testing.T) {
	t.Parallel()
	v := newVaults(t, sqlite(t))
	stores, keys := map[types.OriginType]string{}, map[types.OriginType]string{}
	for _, o := range customOrigins {
		stores[o] = v.connected(o)
		keys[o] = v.key(o, stores[o])
	}
	const hsm, external = types.OriginTypeAwsCloudhsm, types.OriginTypeExternalKeyStore
	ec := map[string]string{"a": "b"}
	blob, _, err := v.encrypt(keys[hsm])
	must(t, "Encrypt", err)
	for _, step := range []struct {
		from, to types.OriginType
		asked    xks.Operation
		want     string
	}{
		{hsm, external, xks.Encrypt, "sourceCustomKeyStoreId=" + stores[hsm] + " sourceBackingKeyId=" + v.backingID() + " destinationCustomKeyStoreId=" + stores[external] + " destinationXksKeyId=" + xkstest.KeyID},
		{external, hsm, xks.Decrypt, "sourceCustomKeyStoreId=" + stores[external] + " sourceXksKeyId=" + xkstest.KeyID + " destinationCustomKeyStoreId=" + stores[hsm] + " destinationBackingKeyId=" + v.backingID()},
	} {
		before := len(v.proxy.Seen())
		c := v.calling("ReEncrypt")
		to := keys[step.to]
		out, err := v.ReEncrypt(t.Context(), c, &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &to, SourceEncryptionContext: ec, DestinationEncryptionContext: ec})
		must(t, "ReEncrypt", err)
		if got := data(c.Event); got != step.want {
			t.Errorf("the record has %s, want %s", got, step.want)
		}
		seen := v.proxy.Seen()[before:]
		if len(seen) != 1 || seen[0].Operation != step.asked || seen[0].Metadata.Operation != "ReEncrypt" || seen[0].Metadata.KeyARN != *v.metadata(keys[external]).Arn {
			t.Errorf("from %s to %s: the proxy saw %+v", step.from, step.to, seen)
		}
		blob = out.CiphertextBlob
	}
	if p, _, err := v.decrypt(blob); p != "text" || err != nil {
		t.Errorf("Decrypt in the end: %q, %v", p, err)
	}
}
