package kms_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// sealedRecord is a row of the table of records.
type sealedRecord struct {
	kind, key string
	body      []byte
}

// recordsAbout are the rows that name a key, of every kind.
func recordsAbout(t testing.TB, db *sql.DB, id string) (found []sealedRecord) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT kind, key, body FROM records WHERE key LIKE $1 OR ref LIKE $1`, "%"+id+"%")
	must(t, "read the records", err)
	defer rows.Close()
	for rows.Next() {
		var r sealedRecord
		must(t, "read a record", rows.Scan(&r.kind, &r.key, &r.body))
		found = append(found, r)
	}
	must(t, "read the records", rows.Err())
	return found
}

// doomed makes keys of several kinds, each with all that a key can have, and returns their ids
// and how many records of which kind they have.
func doomed(t *testing.T, u user) (ids []string, want map[string]int) {
	ctx := t.Context()
	want = map[string]int{}
	for i, in := range []*kms.CreateKeyInput{
		{},
		{MultiRegion: new(true)},
		{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify},
		{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify},
		{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac},
		{Origin: types.OriginTypeExternal},
	} {
		in.Policy, in.Description, in.Tags = new(openPolicy), new("to be deleted"), tags("a=b")
		out, err := u.CreateKey(ctx, in)
		must(t, "CreateKey", err)
		id := *out.KeyMetadata.KeyId
		ids = append(ids, id)
		u.alias(id)
		want["kms-key"]++
		want["kms-alias"]++
		switch out.KeyMetadata.KeyUsage {
		case types.KeyUsageTypeSignVerify:
			_, err = u.Sign(ctx, &kms.SignInput{KeyId: &id, Message: []byte("m"), SigningAlgorithm: out.KeyMetadata.SigningAlgorithms[0]})
		case types.KeyUsageTypeGenerateVerifyMac:
			_, err = u.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &id, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		}
		must(t, "use the key", err)
		if in.Origin == types.OriginTypeExternal {
			u.importer(id).must(randomBytes(32), until(time.Now().Add(300*day)))
			want["kms-expiry"]++
		}
		want["kms-material"]++
		want["kms-key-usage"]++
		if out.KeyMetadata.KeyUsage == types.KeyUsageTypeEncryptDecrypt {
			u.encrypt(id, "text", nil)
		}
		if i < 2 {
			_, err = u.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: &id})
			must(t, "RotateKeyOnDemand", err)
			_, err = u.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &id})
			must(t, "EnableKeyRotation", err)
			want["kms-material"]++
		}
		_, err = u.CreateGrant(ctx, &kms.CreateGrantInput{
			KeyId: &id, Name: new("n"), GranteePrincipal: new("arn:aws:iam::" + u.account + ":root"), Operations: []types.GrantOperation{types.GrantOperationDescribeKey},
		})
		must(t, "CreateGrant", err)
		want["kms-grant"]++
		want["kms-grant-name"]++
		want["kms-grant-count"]++
	}
	return ids, want
}

// TestErasure deletes keys of several kinds and proves that nothing of them is left: no record,
// and nothing of what was sealed in them, not in free pages of the database nor in its log.
func TestErasure(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		driver, inFile := "pgx", false
		if file, ok := strings.CutPrefix(url, "sqlite://"); ok {
			driver, inFile, url = "sqlite", true, file
		}
		db, err := sql.Open(driver, url)
		must(t, "open the database", err)
		defer db.Close()
		u := root(t, srv)
		kept := u.key()
		blob := u.encrypt(kept, "text", nil)
		ids, want := doomed(t, u)
		srv.Advance(time.Second) // which saves the uses

		var all []sealedRecord
		kinds := map[string]int{}
		for _, id := range ids {
			for _, r := range recordsAbout(t, db, id) {
				kinds[r.kind]++
				all = append(all, r)
			}
		}
		want["kms-rotation"] = 2
		if !maps.Equal(kinds, want) {
			t.Errorf("before the deletion there are %v, want %v", kinds, want)
		}
		for _, id := range ids {
			u.scheduleDeletion(id, 7)
		}
		srv.Advance(7 * day)
		for _, id := range ids {
			if left := recordsAbout(t, db, id); len(left) > 0 {
				t.Errorf("after the deletion there are %d records of a key, one of kind %s", len(left), left[0].kind)
			}
		}
		if events := eventsNamed(t, srv, "DeleteKey"); len(events) != len(ids) {
			t.Errorf("there are %d DeleteKey events for %d keys", len(events), len(ids))
		}
		if inFile {
			wantErased(t, all, func() []byte { return filesOf(t, url) }, srv)
		} else if _, err := db.ExecContext(t.Context(), `CREATE EXTENSION pageinspect`); err == nil {
			wantErased(t, all, func() []byte { return deadRows(t, db) }, srv)
		}
		if text, err := u.decrypt(blob, nil); err != nil || text != "text" {
			t.Errorf("another key decrypts to %q, %v", text, err)
		}
	})
}

// wantErased searches for any 16 bytes of sealed records. A statement that began before the
// deletion may have kept something from being removed: the deletion of another key then does.
func wantErased(t *testing.T, records []sealedRecord, data func() []byte, srv *keysteadtest.Server) {
	t.Helper()
	const window = 16
	owner := map[[window]byte]string{}
	for _, r := range records {
		for i := 0; i+window <= len(r.body); i++ {
			owner[[window]byte(r.body[i:])] = fmt.Sprintf("%s %s", r.kind, r.key)
		}
	}
	var left []string
	for range 5 {
		found := map[string]bool{}
		b := data()
		for i := 0; i+window <= len(b); i++ {
			if r, ok := owner[[window]byte(b[i:])]; ok {
				found[r] = true
			}
		}
		if left = slices.Sorted(maps.Keys(found)); len(left) == 0 {
			return
		}
		u := root(t, srv)
		u.scheduleDeletion(u.key(), 7)
		srv.Advance(7 * day)
	}
	t.Errorf("after the deletion, something of %d of %d records is left: %q", len(left), len(records), left)
}

// filesOf are the files of an SQLite database, with free pages and the log.
func filesOf(t testing.TB, path string) (all []byte) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		b, err := os.ReadFile(path + suffix)
		must(t, "read the database's files", err)
		all = append(all, b...)
	}
	return all
}

// deadRows are the rows in the pages of PostgreSQL's table of records, dead or alive, and of the
// table that has its long values.
func deadRows(t testing.TB, db *sql.DB) (all []byte) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT t_data FROM
		(SELECT oid::regclass::text AS name FROM pg_class WHERE oid = 'records'::regclass
			OR oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'records'::regclass)) AS r,
		generate_series(0, pg_relation_size(name::regclass) / current_setting('block_size')::bigint - 1) AS n,
		heap_page_items(get_raw_page(name, n)) WHERE t_data IS NOT NULL`)
	must(t, "read the pages", err)
	defer rows.Close()
	for rows.Next() {
		var b []byte
		must(t, "read a row", rows.Scan(&b))
		all = append(all, b...)
	}
	must(t, "read the pages", rows.Err())
	return all
}
