package kms

import (
	"context"
	"errors"
	"strings"

	"github.com/keystead/keystead/internal/store"
)

// KeyExists says whether there is a KMS key with that ARN, in whatever state.
func KeyExists(ctx context.Context, db *store.DB, arn string) (bool, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "kms" || !strings.HasPrefix(parts[5], "key/") {
		return false, nil
	}
	region, account, id := parts[3], parts[4], strings.TrimPrefix(parts[5], "key/")
	r, err := db.Get(ctx, keyKind, recordKey(region, id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && r.Ref == accountRef(region, account), err
}
