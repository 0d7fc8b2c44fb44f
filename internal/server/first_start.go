package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/keystead/keystead/internal/durable"
	"github.com/keystead/keystead/internal/iam"
)

// firstStart makes the first account if there is none, and sets the root access key that
// the environment names. It reports whether it made the account.
func firstStart(ctx context.Context, cfg Config, svc *iam.Service) (bool, error) {
	accounts, err := svc.Accounts(ctx)
	if err != nil {
		return false, fmt.Errorf("list accounts: %w", err)
	}
	given := cfg.RootAccessKeyID != ""
	k := iam.AccessKey{ID: cfg.RootAccessKeyID, Secret: cfg.RootSecretAccessKey}
	if len(accounts) > 0 {
		if !given {
			return false, nil
		}
		if err := svc.SetRootAccessKey(ctx, cfg.Account, k); err != nil {
			return false, fmt.Errorf("set the root access key of account %s: %w", cfg.Account, err)
		}
		return false, nil
	}
	if !given {
		k = iam.NewAccessKey()
	}
	// The file comes first: an access key that nobody knows would be of no use.
	if err := writeCredentials(cfg, k); err != nil {
		return false, err
	}
	if err := svc.CreateAccount(ctx, cfg.Account, k); errors.Is(err, iam.ErrAccountExists) {
		return false, fmt.Errorf("another node made account %s at this moment; start again", cfg.Account)
	} else if err != nil {
		return false, fmt.Errorf("create account %s: %w", cfg.Account, err)
	}
	return true, nil
}

// writeCredentials writes an access key in the format of AWS's shared credentials file.
func writeCredentials(cfg Config, k iam.AccessKey) error {
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n", k.ID, k.Secret.Expose(), cfg.Region())
	return durable.WriteFile(cfg.CredentialsFile(), []byte(text), 0o600)
}

// nodeName returns the name of this node, which it keeps for good.
func nodeName(cfg Config) (string, error) {
	path := filepath.Join(cfg.DataDir, "node")
	b, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the node's name: %w", err)
	}
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	name := "node-" + hex.EncodeToString(random)
	return name, durable.WriteFile(path, []byte(name+"\n"), 0o600)
}
