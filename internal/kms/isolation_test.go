package kms_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/keysteadtest"
)

// inCiphertext is the answer to u for a ciphertext whose key is not there for it.
func inCiphertext(u user, action string) string {
	return "AccessDeniedException: User: arn:aws:iam::" + u.account + ":root is not authorized to perform: kms:" + action +
		" on the resource associated with this ciphertext because the resource does not exist in this Region, " +
		"no resource-based policies allow access, or a resource-based policy explicitly denies access"
}

// TestIsolation puts accounts and Regions side by side: each sees and uses what is its own
// and nothing else, also where names are the same.
func TestIsolation(t *testing.T) {
	const name = "alias/shared/name"
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		first := root(t, srv)
		second := newcomer(t, srv, "111122223333")
		users := []user{first, first.in("eu-west-1"), second, second.in("eu-west-1"), second.in("us-east-2")}
		var made []string
		var blobs [][]byte
		for _, u := range users {
			key := u.key()
			must(t, "CreateAlias", u.createAlias(name, key))
			_, err := u.TagResource(t.Context(), &kms.TagResourceInput{KeyId: &key, Tags: tags("owner=" + u.account + u.region)})
			must(t, "TagResource", err)
			made, blobs = append(made, key), append(blobs, u.encrypt(name, u.account+u.region, nil))
		}
		for i, u := range users {
			keys, _, _, err := u.listKeys(nil, nil)
			must(t, "ListKeys", err)
			if !slices.Equal(keys, made[i:i+1]) {
				t.Errorf("%s in %s sees the keys %q, want %q", u.account, u.region, keys, made[i])
			}
			all := u.aliasesOf("")
			if len(all) != 1 || *all[0].TargetKeyId != made[i] || *all[0].AliasArn != u.aliasARN(name) {
				t.Errorf("%s in %s sees the aliases %+v", u.account, u.region, all)
			}
			if got := u.tagsOf(made[i]); !slices.Equal(got, []string{"owner=" + u.account + u.region}) {
				t.Errorf("%s in %s sees the tags %q", u.account, u.region, got)
			}
			for j, owner := range users {
				text, err := u.decrypt(blobs[j], nil)
				if i == j {
					if must(t, "Decrypt", err); text != u.account+u.region {
						t.Errorf("decrypts to %q", text)
					}
					continue
				}
				reach(t, u, owner, made[i], made[j], blobs[j])
			}
		}

		// What one does to its own changes nothing for the others.
		first.scheduleDeletion(made[0], 7)
		must(t, "DeleteAlias", users[1].deleteAlias(name))
		srv.Advance(8 * day)
		for _, i := range []int{2, 3, 4} {
			if u := users[i]; *u.describe(name).KeyId != made[i] {
				t.Errorf("%s in %s lost its alias", u.account, u.region)
			}
		}
	})
}

// reach has u reach for what belongs to owner, in every way there is.
func reach(t *testing.T, u, owner user, mine, theirs string, blob []byte) {
	t.Helper()
	notFound := "NotFoundException: Key '" + u.keyARN(theirs) + "' does not exist"
	byARN := "NotFoundException: Invalid arn " + owner.region
	if u.region == owner.region {
		byARN = denial(u, operation{name: "Decrypt"})
	}
	what := u.account + " in " + u.region + " reaches for " + owner.account + " in " + owner.region
	for _, c := range []trial{
		{"ciphertext", &kms.DecryptInput{CiphertextBlob: blob}, inCiphertext(u, "Decrypt")},
		{"ciphertext, dry", &kms.DecryptInput{CiphertextBlob: blob, DryRun: new(true)}, inCiphertext(u, "Decrypt")},
		{"ciphertext by own key", &kms.DecryptInput{CiphertextBlob: blob, KeyId: &mine}, incorrectKey},
		{"ciphertext by id", &kms.DecryptInput{CiphertextBlob: blob, KeyId: &theirs}, notFound},
		{"ciphertext by ARN", &kms.DecryptInput{CiphertextBlob: blob, KeyId: new(owner.keyARN(theirs))}, byARN},
		{"ciphertext to own key", &kms.ReEncryptInput{CiphertextBlob: blob, DestinationKeyId: &mine}, inCiphertext(u, "ReEncryptFrom")},
		{"id", &kms.DescribeKeyInput{KeyId: &theirs}, notFound},
		{"data key", &kms.GenerateDataKeyInput{KeyId: &theirs, KeySpec: types.DataKeySpecAes256}, notFound},
		{"own text", &kms.EncryptInput{KeyId: &theirs, Plaintext: []byte("x")}, notFound},
	} {
		wantOutcome(t, what+": "+c.name, call(t.Context(), u.Client, c.in), c.want)
	}
	wantOutcome(t, what+": alias for their key", u.createAlias(newAlias(), theirs), notFound)
	wantOutcome(t, what+": own alias to their key", u.updateAlias("alias/shared/name", theirs), notFound)
	_, err := u.ListAliases(t.Context(), &kms.ListAliasesInput{KeyId: &theirs})
	wantOutcome(t, what+": aliases", err, notFound)
}
