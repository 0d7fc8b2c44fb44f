package kms_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/keystead/keystead/keysteadtest"
)

// TestResourceAliasesFollow has conditions on the aliases of a key see each change at once,
// and read the database once for each.
func TestResourceAliasesFollow(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		key, other := p.key(), p.key()
		const name = "alias/project/x"
		alice := p.newUser(ours, "alice", by(document(statement("Allow", "kms:Encrypt", "*", test("ForAnyValue:StringLike", "kms:ResourceAliases", `"alias/project/*"`)))))
		want := func(what string, key string, allowed bool) {
			t.Helper()
			before := aliasListLoads(t, p.srv)
			for range 3 {
				wantAllowed(t, what, encryptWith(alice, key), allowed)
			}
			if n := aliasListLoads(t, p.srv) - before; n != 1 {
				t.Errorf("%s: %d reads of the database, want 1", what, n)
			}
		}
		want("no alias", key, false)
		must(t, "CreateAlias", p.createAlias("alias/other", key))
		want("another alias", key, false)
		must(t, "CreateAlias", p.createAlias(name, key))
		want("the alias", key, true)
		want("not the other key", other, false)
		must(t, "UpdateAlias", p.updateAlias(name, other))
		want("the alias is gone to the other key", key, false)
		want("the alias has come", other, true)
		must(t, "DeleteAlias", p.deleteAlias(name))
		want("the alias is deleted", other, false)
		for range 50 {
			must(t, "CreateAlias", p.createAlias("alias/project/"+newAlias()[len("alias/"):], other))
		}
		want("fifty aliases", other, true)
	})
}

// aliasListLoads is how often the server has read which aliases a key has.
func aliasListLoads(t testing.TB, srv *keysteadtest.Server) int {
	t.Helper()
	res, err := http.Get(srv.URL + "/metrics")
	must(t, "read metrics", err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, "read metrics", err)
	m := regexp.MustCompile(`keystead_cache_loads_total\{cache="alias_lists"\} (\d+)`).FindSubmatch(body)
	if m == nil {
		t.Fatal("the metrics have no loads of alias lists")
	}
	n, err := strconv.Atoi(string(m[1]))
	must(t, "read metrics", err)
	return n
}

// TestAmbiguousConditions has keys that differ in nothing but case, which conditions can't
// tell apart. Where a policy must, the call is denied, whatever the values; where none must,
// it goes through.
func TestAmbiguousConditions(t *testing.T) {
	peopled(t, func(t *testing.T, p *people) {
		alice := p.newUser(ours, "alice")
		key := p.key()
		_, err := p.TagResource(t.Context(), &kms.TagResourceInput{KeyId: &key, Tags: tags("Stage=test", "stage=test")})
		must(t, "TagResource", err)
		context := map[string]string{"Team": "a", "team": "a"}
		calls := map[string]func() error{
			"kms:EncryptionContext:Team": func() error {
				_, err := alice.Encrypt(t.Context(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("x"), EncryptionContext: context})
				return err
			},
			"aws:ResourceTag/Stage": func() error { return encryptWith(alice, key) },
			"aws:RequestTag/Team":   func() error { return tagResource("Team=a", "team=a")(alice, situation{key: key}) },
		}
		for name, call := range calls {
			p.permit(ours, "alice", allowAll)
			wantOutcome(t, name+" that no policy asks for", call(), "ok")
			for _, condition := range []string{test("StringEquals", name, `["a","test"]`), test("StringNotEquals", name, `["b"]`), test("Null", name, "false")} {
				for _, effect := range []string{"Allow", "Deny"} {
					p.permit(ours, "alice", document(statement(effect, "kms:*", "*", condition), statement("Allow", "kms:*", "*", test("Null", "aws:username", "false"))))
					got := outcome(call())
					if !strings.HasPrefix(got, "AccessDeniedException: Several keys differ in nothing but case") {
						t.Errorf("%s with the condition %s: %s", effect, condition, got)
					}
				}
			}
		}
	})
}
