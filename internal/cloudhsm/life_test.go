package cloudhsm_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/cloudhsm"
	"github.com/keystead/keystead/internal/cloudhsm/cloudhsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t)), cloudhsmtest.Option(t)))
	})
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// open is a session of kmsuser with a password.
func open(c *cloudhsmtest.Cluster, password string) *cloudhsm.Session {
	return c.Operator.Session(c.Ref, func(context.Context) (secret.Bytes, error) { return secret.FromString(password), nil })
}

// backingID makes the CKA_ID of a key from a number.
func backingID(n byte) string { return hex.EncodeToString(bytes.Repeat([]byte{n}, 32)) }

func TestLife(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		c := cloudhsmtest.Active(t, srv)
		ctx := t.Context()
		d := c.Describe()
		if d.State != types.ClusterStateActive || len(d.Hsms) != 2 || d.Certificates.ClusterCertificate == nil || d.Certificates.ClusterCsr != nil {
			t.Fatalf("the active cluster is %+v", d)
		}
		got, err := c.Operator.Describe(ctx, c.Ref.Account, c.Ref.Region, c.Ref.ID)
		if err != nil || got.ActiveHSMs != 2 || got.Zones != 2 || got.MinimumHSMs != 2 || !cloudhsm.SameCertificate(got.TrustAnchor, c.TrustAnchor) {
			t.Errorf("Describe: %+v, %v", got, err)
		}
		// A key store connects: the password changes to one that nobody knows.
		old, next := secret.FromString(cloudhsmtest.UserPassword), secret.FromString("nobodyKnowsThisOne")
		if err := c.Operator.Login(ctx, c.Ref, old, next); err != nil {
			t.Fatalf("Login: %v", err)
		}
		x := open(c, "nobodyKnowsThisOne")
		id, label := backingID(1), "arn:aws:kms:us-east-1:000000000000:key/1"
		if err := x.Generate(ctx, id, label); err != nil {
			t.Fatalf("Generate: %v", err)
		}
		aad, plaintext := []byte("aad"), []byte("attack at dawn")
		for range 4 { // on each of the HSMs
			sealed, err := x.Encrypt(ctx, id, aad, plaintext)
			if err != nil {
				t.Fatalf("Encrypt: %v", err)
			}
			if got, err := x.Decrypt(ctx, id, sealed, aad); err != nil || !bytes.Equal(got, plaintext) {
				t.Errorf("Decrypt: %q, %v", got, err)
			}
			if _, err := x.Decrypt(ctx, id, sealed, []byte("other")); !errors.Is(err, cloudhsm.ErrDecrypt) {
				t.Errorf("Decrypt with another AAD: %v", err)
			}
		}
		keys, err := x.Keys(ctx, cloudhsm.Filter{Label: label})
		if err != nil || len(keys) != 1 || string(keys[0].ID) != id || keys[0].Bits != 256 || keys[0].Extractable || !keys[0].NeverExtractable || !keys[0].Sensitive {
			t.Errorf("Keys: %+v, %v", keys, err)
		}
		if b, err := x.Random(ctx, 32); err != nil || len(b) != 32 {
			t.Errorf("Random: %x, %v", b, err)
		}
		if err := x.Destroy(ctx, id); err != nil {
			t.Errorf("Destroy: %v", err)
		}
		if err := x.Destroy(ctx, id); !errors.Is(err, cloudhsm.ErrNoKey) {
			t.Errorf("Destroy again: %v", err)
		}
		if _, err := x.Encrypt(ctx, id, nil, plaintext); !errors.Is(err, cloudhsm.ErrNoKey) {
			t.Errorf("Encrypt with a destroyed key: %v", err)
		}
		remove(t, c)
	})
}

// remove deletes a cluster with all of its HSMs.
func remove(t *testing.T, c *cloudhsmtest.Cluster) {
	t.Helper()
	_, err := c.API.DeleteCluster(t.Context(), &cloudhsmv2.DeleteClusterInput{ClusterId: &c.Ref.ID})
	if code(err) != "CloudHsmInvalidRequestException" {
		t.Errorf("DeleteCluster with HSMs: %v", err)
	}
	for _, h := range c.Describe().Hsms {
		if _, err := c.API.DeleteHsm(t.Context(), &cloudhsmv2.DeleteHsmInput{ClusterId: &c.Ref.ID, EniIp: h.EniIp}); err != nil {
			t.Fatalf("DeleteHsm: %v", err)
		}
	}
	c.Wait(types.ClusterStateActive)
	if _, err := c.API.DeleteCluster(t.Context(), &cloudhsmv2.DeleteClusterInput{ClusterId: &c.Ref.ID}); err != nil {
		t.Fatalf("DeleteCluster: %v", err)
	}
	c.Wait(types.ClusterStateDeleted)
}
