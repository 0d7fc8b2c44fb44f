package policy_test

import (
	"testing"

	"github.com/keystead/keystead/internal/iam/policy"
)

const (
	gone = "arn:aws:iam::111122223333:user/gone"
	here = "arn:aws:iam::111122223333:user/here"
)

func TestRename(t *testing.T) {
	names := map[string]string{gone: "AIDAGONE"}
	for _, c := range []struct{ name, text, want string }{
		{"one principal", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + gone + `"}}}`,
			`{"Statement":{"Effect":"Allow","Principal":{"AWS":"AIDAGONE"}}}`},
		{"a list, and layout", "{ \"Statement\" : [ {\n\"Principal\" : { \"AWS\" :\t[ \"" + here + "\" ,\n\"" + gone + "\" ] } } ] }\n",
			"{ \"Statement\" : [ {\n\"Principal\" : { \"AWS\" :\t[ \"" + here + "\" ,\n\"AIDAGONE\" ] } } ] }\n"},
		{"NotPrincipal", `{"Statement":[{},{"NotPrincipal":{"AWS":["` + gone + `"]}}]}`, `{"Statement":[{},{"NotPrincipal":{"AWS":["AIDAGONE"]}}]}`},
		{"written with escapes", `{"Statement":{"Principal":{"AWS":"arn:aws:iam::111122223333:user\/g\u006fne"}}}`,
			`{"Statement":{"Principal":{"AWS":"AIDAGONE"}}}`},
		{"elsewhere", `{"Id":"` + gone + `","Statement":{"Sid":"` + gone + `","Principal":{"Service":"` + gone + `"},"Resource":["` + gone + `"],` +
			`"Condition":{"ArnEquals":{"aws:PrincipalArn":"` + gone + `"},"Principal":{"AWS":"` + gone + `"}}}}`, ""},
		{"as the name of a member", `{"Statement":{"Principal":{"` + gone + `":"AWS"}}}`, ""},
		{"everybody", `{"Statement":{"Principal":"*"}}`, ""},
	} {
		if c.want == "" {
			c.want = c.text
		}
		if got := policy.Rename(c.text, names); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// FuzzRename checks on any document that it stays as it is when each principal gets its own
// name, and that the new names stand where the old ones did.
func FuzzRename(f *testing.F) {
	f.Add(`{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + gone + `"},"Action":"kms:*","Resource":"*"}}`)
	f.Add(` {"Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333", "` + here + `"],"Service":"a.b"},"Action":"*","Resource":"*"}] }`)
	f.Add(defaultKeyPolicy)
	f.Add(twentyStatements())
	f.Fuzz(func(t *testing.T, text string) {
		if got := policy.Rename(text, nil); got != text {
			t.Fatalf("without names:\n got %q\nwant %q", got, text)
		}
		d, err := policy.Parse([]byte(text))
		if err != nil {
			return
		}
		others := map[string]string{}
		for _, name := range d.Principals() {
			others[name] = "AIDA" + name
		}
		renamed, err := policy.Parse([]byte(policy.Rename(text, others)))
		if err != nil {
			t.Fatalf("the renamed document: %v", err)
		}
		for i, name := range renamed.Principals() {
			if name != "AIDA"+d.Principals()[i] {
				t.Errorf("principal %d is %q", i, name)
			}
		}
	})
}
