package kms_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/iam"
	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// BenchmarkEncryptByGrant is Encrypt from end to end, allowed by the key policy or by a
// grant, on keys with no other grant and with 50,000.
func BenchmarkEncryptByGrant(b *testing.B) {
	url := storetest.SQLite(b)
	srv := keysteadtest.Start(b, keysteadtest.WithDatabase(url))
	key := sealer(b, srv)
	db := storetest.Open(b, store.Options{URL: url, Sealer: key})
	p := &people{root(b, srv), srv, db, iam.New(db, new(clock.Clock), key)}
	alice, bob := p.newUser(ours, "alice"), p.newUser(ours, "bob")
	policy := document(keyStatement("Allow", ours, "kms:*", ""), keyStatement("Allow", userARN(ours, "bob"), "kms:Encrypt", ""))
	few, many := p.keyWith(policy), p.keyWith(policy)
	for _, key := range []string{few, many} {
		p.grant(&kms.CreateGrantInput{
			KeyId: &key, GranteePrincipal: new(userARN(ours, "alice")), Operations: grantOps{encryptOp},
			Constraints: &types.GrantConstraints{EncryptionContextEquals: map[string]string{"tenant": "first"}},
		})
	}
	p.tenants(many, 49_999)
	for _, c := range []struct {
		name string
		who  user
		key  string
	}{
		{"by policy, one grant", bob, few}, {"by policy, 50,000 grants", bob, many},
		{"by grant, one grant", alice, few}, {"by grant, 50,000 grants", alice, many},
	} {
		b.Run(c.name, func(b *testing.B) {
			ec := map[string]string{"tenant": "first"}
			must(b, "Encrypt", c.who.tryEncrypt(c.key, ec))
			for b.Loop() {
				if err := c.who.tryEncrypt(c.key, ec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// tenants copies the one grant of a key many times, each for another encryption context.
func (p *people) tenants(key string, n int) {
	p.t.Helper()
	path := p.region + "/" + key
	records, err := p.db.Scan(p.t.Context(), "kms-grant", store.Range{Prefix: path + "/"})
	must(p.t, "scan", err)
	r := records[0]
	prefix, body := r.Key[:len(r.Key)-48], string(r.Body)
	for i := 0; i < n; {
		p.write(func(tx *store.Tx) error {
			for end := min(n, i+1000); i < end; i++ {
				r.Key, r.Body = prefix+fmt.Sprintf("%048x", i), []byte(strings.Replace(body, `"first"`, fmt.Sprintf(`"%d"`, i), 1))
				if err := tx.Insert(r); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
