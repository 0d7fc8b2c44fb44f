package cloudhsm

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/clock"
	"github.com/keystead/keystead/internal/hsm"
	"github.com/keystead/keystead/internal/hsm/hsmtest"
	"github.com/keystead/keystead/internal/secret"
	"github.com/keystead/keystead/internal/store"
)

// TestDeclared works with a token that was set up with other tools, named by its label and by its
// serial number, through a module of the configuration.
func TestDeclared(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		conf := hsmtest.SoftHSM(t)
		setUp := hsm.New(conf)
		token := hsmtest.Token(t, setUp, "vendor's token")
		info, err := token.Info(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := setUp.Close(); err != nil {
			t.Fatal(err)
		}
		password, next := hsmtest.UserPIN, "theNextPassword"
		for i, name := range []string{info.Label, info.Serial} {
			ref := ClusterRef{"111122223333", "us-east-1", "cluster-22222222222"}
			s := New(Options{
				DB: db, Clock: new(clock.Clock), Log: slog.New(slog.DiscardHandler), Dir: t.TempDir(), Driver: conf.Driver,
				Declared: []Declared{{
					ID: ref.ID, Account: ref.Account, Region: ref.Region, Module: conf.Module, Env: conf.Env, Tokens: []string{name},
					PINFormat: PasswordOnly, RotatePassword: true, MinimumHSMs: 1, TrustAnchor: "anchor",
				}},
			})
			t.Cleanup(func() { _ = s.Close() })
			got, err := s.Describe(ctx, ref.Account, ref.Region, ref.ID)
			if err != nil || got.State != "ACTIVE" || got.ActiveHSMs != 1 || got.MinimumHSMs != 1 || got.TrustAnchor != "anchor" {
				t.Fatalf("Describe: %+v, %v", got, err)
			}
			if err := s.Login(ctx, ref, secret.FromString("wrongPassword"), secret.Bytes{}); codeOf(err) != kmstypes.ConnectionErrorCodeTypeInvalidCredentials {
				t.Errorf("Login with a wrong password: %v", err)
			}
			if err := s.Login(ctx, ref, secret.FromString(password), secret.FromString(next)); err != nil {
				t.Fatalf("Login: %v", err)
			}
			if err := s.Logout(ctx, ref, nil); err != nil {
				t.Errorf("Logout: %v", err)
			}
			password, next = next, password
			x := s.Session(ref, func(context.Context) (secret.Bytes, error) { return secret.FromString(password), nil })
			id := keyID(byte(i))
			if err := x.Generate(ctx, id, "arn"); err != nil {
				t.Fatalf("Generate: %v", err)
			}
			sealed, err := x.Encrypt(ctx, id, nil, []byte("text"))
			if err != nil {
				t.Fatalf("Encrypt: %v", err)
			}
			if got, err := x.Decrypt(ctx, id, sealed, nil); err != nil || string(got) != "text" {
				t.Errorf("Decrypt: %q, %v", got, err)
			}
			if err := x.Destroy(ctx, id); err != nil {
				t.Errorf("Destroy: %v", err)
			}
			if err := x.Destroy(ctx, id); !errors.Is(err, ErrNoKey) {
				t.Errorf("Destroy again: %v", err)
			}
			if err := s.Activate(ctx, ref, secret.FromString(password)); err == nil {
				t.Error("a declared cluster is activated")
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	})
}
