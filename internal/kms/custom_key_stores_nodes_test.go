package kms_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/keystore/software"
	rules "github.com/keystead/keystead/internal/kms"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/internal/xks/xkstest"
)

// TestKeyStoresOfTwoNodes has two nodes over one database do everything at once, in any order: connect
// and disconnect the same stores, give them other passwords, clusters and names, and make, use and
// delete their keys. Whatever came first, no key is lost, none is without its material, no ciphertext
// opens to anything else, and each store can be connected in the end.
func TestKeyStoresOfTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		c := &chaos{vaults: newVaults(t, url), blobs: map[string][]byte{}, full: map[string]bool{}}
		for i := range 4 {
			c.proxy.SetKey(fmt.Sprintf("external-%d", i), xkstest.Key{})
		}
		c.hsms, c.proxies = c.connected(types.OriginTypeAwsCloudhsm), c.connected(types.OriginTypeExternalKeyStore)
		nodes := []*vaults{c.vaults, c.node(url)}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(i)))
				for range 40 {
					c.step(nodes[i%2], random)
				}
			})
		}
		wg.Wait()
		c.check(t)
	})
}

// chaos is what the test knows of the keys.
type chaos struct {
	*vaults
	hsms, proxies string

	keep  sync.Mutex
	blobs map[string][]byte // by key
	full  map[string]bool   // the stores that have keys
	lost  int               // keys that could not be stored
}

// node is another node on the database.
func (v *vaults) node(url string) *vaults {
	peer := v.with(func() {})
	o := peer.options
	o.External = v.client()
	if strings.HasPrefix(url, "postgres") {
		o.DB = storetest.Open(v.t, store.Options{URL: url, Sealer: o.Sealer})
		o.Software = software.New(o.DB, 1<<20)
	}
	peer.db, peer.Service = o.DB, rules.New(o)
	return peer
}

// step does something, on one of the nodes.
func (c *chaos) step(v *vaults, random *rand.Rand) {
	ks, origin := c.hsms, types.OriginTypeAwsCloudhsm
	if random.IntN(2) == 0 {
		ks, origin = c.proxies, types.OriginTypeExternalKeyStore
	}
	key, ctx := c.any(random), c.t.Context()
	switch random.IntN(16) {
	case 0, 1, 2, 3:
		c.allow("ConnectCustomKeyStore", v.connect(ks))
		c.allow("SettleKeyStores", v.SettleKeyStores(ctx))
	case 4:
		c.allow("DisconnectCustomKeyStore", v.disconnect(ks))
	case 5: // the node is killed, and a while later another goes on
		killed, kill := context.WithCancel(ctx)
		go kill()
		_ = v.SettleKeyStores(killed)
		c.clock.Advance(2 * time.Minute)
	case 6:
		c.allow("UpdateCustomKeyStore", v.change(ks, kms.UpdateCustomKeyStoreInput{NewCustomKeyStoreName: new(ks + fmt.Sprint(random.IntN(100)))}))
	case 7:
		c.allow("DeleteCustomKeyStore", v.remove("cks-00000000000000000"))
		if c.hasKeys(ks) {
			err := v.remove(ks)
			if c.allow("DeleteCustomKeyStore", err); err == nil {
				c.t.Error("a store with keys was deleted")
			}
		}
	case 8, 9:
		in := v.input(origin, ks)
		if in.XksKeyId != nil {
			in.XksKeyId = new(fmt.Sprintf("external-%d", random.IntN(4)))
		}
		m, _, err := v.createKey(in)
		c.allow("CreateKey", err)
		c.made(v, m, err)
	case 10:
		if key != "" {
			_, err := v.ScheduleKeyDeletion(ctx, v.calling("ScheduleKeyDeletion"), &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: new(int32(7))})
			c.allow("ScheduleKeyDeletion", err)
			_, err = v.CancelKeyDeletion(ctx, v.calling("CancelKeyDeletion"), &kms.CancelKeyDeletionInput{KeyId: &key})
			c.allow("CancelKeyDeletion", err)
			_, err = v.EnableKey(ctx, v.calling("EnableKey"), &kms.EnableKeyInput{KeyId: &key})
			c.allow("EnableKey", err)
		}
	default:
		c.opens(v, key)
	}
}

func (c *chaos) hasKeys(ks string) bool {
	c.keep.Lock()
	defer c.keep.Unlock()
	return c.full[ks]
}

// any is one of the keys, or none.
func (c *chaos) any(random *rand.Rand) string {
	c.keep.Lock()
	defer c.keep.Unlock()
	var keys []string
	for k := range c.blobs {
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return ""
	}
	slices.Sort(keys)
	return keys[random.IntN(len(keys))]
}

func (c *chaos) made(v *vaults, m *types.KeyMetadata, err error) {
	c.keep.Lock()
	defer c.keep.Unlock()
	if err != nil {
		c.lost++
		return
	}
	c.blobs[*m.KeyId], c.full[*m.CustomKeyStoreId] = nil, true
	if blob, _, err := v.encrypt(*m.KeyId); err == nil {
		c.blobs[*m.KeyId] = blob
	}
}

// opens decrypts what a key has encrypted.
func (c *chaos) opens(v *vaults, key string) {
	c.keep.Lock()
	blob := c.blobs[key]
	c.keep.Unlock()
	if blob == nil {
		return
	}
	p, _, err := v.decrypt(blob)
	c.allow("Decrypt", err)
	if err == nil && p != "text" {
		c.t.Errorf("a ciphertext opens to %q", p)
	}
}

// allow lets pass what a caller may be told.
func (c *chaos) allow(what string, err error) {
	c.t.Helper()
	if err == nil || errors.Is(err, store.ErrStale) { // a machine that is too busy to tell a node of changes
		return
	}
	e, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		c.t.Errorf("%s: %v", what, err)
		return
	}
	switch e.ErrorCode() {
	case "CustomKeyStoreInvalidStateException", "CustomKeyStoreHasCMKsException", "CustomKeyStoreNotFoundException", "KMSInvalidStateException",
		"DisabledException", "XksKeyAlreadyInUseException", "ThrottlingException", "DependencyTimeoutException":
	default:
		c.t.Errorf("%s: %s", what, outcome(err))
	}
}

// check brings the stores to rest and looks at all keys.
func (c *chaos) check(t *testing.T) {
	for _, ks := range []string{c.hsms, c.proxies} {
		for range 4 {
			c.settle()
			c.clock.Advance(2 * time.Minute) // the claims of attempts that were given up
		}
		switch is := c.is(ks); {
		case is == "CONNECTED" || strings.HasPrefix(is, "FAILED"): // by a machine that was too busy for the proxy
			c.disconnectNow(ks)
		case is != "DISCONNECTED":
			t.Errorf("the store is %s", is)
		}
		c.connectNow(ks) // with the password that the record has
	}
	h := c.clusters.hsm(firstCluster)
	inHSM, external := 0, map[string]bool{}
	for _, r := range reports(t, c.vaults) {
		m := c.metadata(r.KeyID)
		if m.KeyState == types.KeyStateDisabled {
			setEnabled(t, c.vaults, r.KeyID)
		}
		c.opens(c.vaults, r.KeyID)
		blob, _, err := c.encrypt(r.KeyID)
		must(t, "Encrypt in the end", err)
		if p, _, err := c.decrypt(blob); err != nil || p != "text" {
			t.Errorf("a key of %s in the end: %q, %v", m.Origin, p, err)
		}
		if m.Origin == types.OriginTypeAwsCloudhsm {
			inHSM++
			continue
		}
		if id := *m.XksKeyConfiguration.Id; external[id] {
			t.Errorf("two keys have the external key %s", id)
		} else {
			external[id] = true
		}
	}
	if n := h.count(); n < inHSM || n > inHSM+c.lost {
		t.Errorf("%d keys in the cluster for %d KMS keys; %d could not be made", n, inHSM, c.lost)
	}
	// What could not be made leaves nothing behind.
	c.clock.Advance(10 * time.Minute)
	_, err := c.deleteDue()
	must(t, "delete what is left", err)
	if n := h.count(); n != inHSM || c.deletions() != 0 {
		t.Errorf("%d keys in the cluster for %d KMS keys, %d to be deleted", n, inHSM, c.deletions())
	}
	t.Logf("%d keys, %d in HSMs, %d could not be made", len(c.blobs), inHSM, c.lost)
}
