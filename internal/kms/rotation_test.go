package kms_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/store"
	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// made makes a key as the input says and returns its id.
func (u user) made(in kms.CreateKeyInput) string {
	u.t.Helper()
	out, err := u.CreateKey(u.t.Context(), &in)
	must(u.t, "CreateKey", err)
	return *out.KeyMetadata.KeyId
}

// enableRotation turns the rotation of a key on; 0 days are no period.
func (u user) enableRotation(key string, days int32) error {
	in := &kms.EnableKeyRotationInput{KeyId: &key}
	if days != 0 {
		in.RotationPeriodInDays = &days
	}
	_, err := u.EnableKeyRotation(u.t.Context(), in)
	return err
}

func (u user) disableRotation(key string) error {
	_, err := u.DisableKeyRotation(u.t.Context(), &kms.DisableKeyRotationInput{KeyId: &key})
	return err
}

func (u user) rotate(key string) error {
	_, err := u.RotateKeyOnDemand(u.t.Context(), &kms.RotateKeyOnDemandInput{KeyId: &key})
	return err
}

func (u user) enable(key string) {
	u.t.Helper()
	_, err := u.EnableKey(u.t.Context(), &kms.EnableKeyInput{KeyId: &key})
	must(u.t, "EnableKey", err)
}

func (u user) cancelDeletion(key string) {
	u.t.Helper()
	_, err := u.CancelKeyDeletion(u.t.Context(), &kms.CancelKeyDeletionInput{KeyId: &key})
	must(u.t, "CancelKeyDeletion", err)
}

// rotationStatus is what GetKeyRotationStatus says: "off", or the period and the time until
// the next rotation, in days.
func (u user) rotationStatus(key string, now time.Time) string {
	u.t.Helper()
	out, err := u.GetKeyRotationStatus(u.t.Context(), &kms.GetKeyRotationStatusInput{KeyId: &key})
	must(u.t, "GetKeyRotationStatus", err)
	if *out.KeyId != *u.describe(key).Arn || out.OnDemandRotationStartDate != nil {
		u.t.Errorf("GetKeyRotationStatus answers %+v", out)
	}
	if !out.KeyRotationEnabled {
		if out.NextRotationDate != nil || out.RotationPeriodInDays != nil {
			u.t.Errorf("without rotation GetKeyRotationStatus answers %+v", out)
		}
		return "off"
	}
	return fmt.Sprintf("every %d days, next in %.0f", *out.RotationPeriodInDays, out.NextRotationDate.Sub(now).Hours()/24)
}

// rotations lists the rotations of a key, or with all its material, with the parts that are
// there.
func (u user) rotations(key string, all bool) []types.RotationsListEntry {
	u.t.Helper()
	in := &kms.ListKeyRotationsInput{KeyId: &key}
	if all {
		in.IncludeKeyMaterial = types.IncludeKeyMaterialAllKeyMaterial
	}
	out, err := u.ListKeyRotations(u.t.Context(), in)
	must(u.t, "ListKeyRotations", err)
	return out.Rotations
}

// TestEnableKeyRotation goes through the settings of one key.
func TestEnableKeyRotation(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		bound := func(days, than string, limit int) string {
			return fmt.Sprintf("ValidationException: 1 validation error detected: Value '%s' at 'rotationPeriodInDays' failed to satisfy constraint: "+
				"Member must have value %s than or equal to %d", days, than, limit)
		}
		now := time.Now()
		for _, step := range []struct {
			name   string
			do     func() error
			want   string
			status string
		}{
			{"nothing yet", func() error { return nil }, "ok", "off"},
			{"off, again", func() error { return u.disableRotation(key) }, "ok", "off"},
			{"too short", func() error { return u.enableRotation(key, 89) }, bound("89", "greater", 90), "off"},
			{"too long", func() error { return u.enableRotation(key, 2561) }, bound("2561", "less", 2560), "off"},
			{"the default", func() error { return u.enableRotation(key, 0) }, "ok", "every 365 days, next in 365"},
			{"the default by number", func() error { return u.enableRotation(key, 365) }, "ok", "every 365 days, next in 365"},
			{"the longest", func() error { return u.enableRotation(key, 2560) }, "ok", "every 2560 days, next in 2560"},
			{"the shortest", func() error { return u.enableRotation(u.keyARN(key), 90) }, "ok", "every 90 days, next in 90"},
			{"ten days later", func() error { srv.Advance(10 * day); now = now.Add(10 * day); return nil }, "ok", "every 90 days, next in 80"},
			{"the same again", func() error { return u.enableRotation(key, 90) }, "ok", "every 90 days, next in 80"},
			{"another", func() error { return u.enableRotation(key, 100) }, "ok", "every 100 days, next in 100"},
			{"five days later", func() error { srv.Advance(5 * day); now = now.Add(5 * day); return nil }, "ok", "every 100 days, next in 95"},
			{"none, which is the default", func() error { return u.enableRotation(key, 0) }, "ok", "every 365 days, next in 365"},
			{"off", func() error { return u.disableRotation(key) }, "ok", "off"},
			{"on again", func() error { return u.enableRotation(key, 100) }, "ok", "every 100 days, next in 100"},
		} {
			wantOutcome(t, step.name, step.do(), step.want)
			if got := u.rotationStatus(key, now); got != step.status {
				t.Errorf("%s: the status is %s, want %s", step.name, got, step.status)
			}
		}
	})
}

// TestAutomaticRotation lets a key be rotated three times.
func TestAutomaticRotation(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, still := u.key(), u.key()
		must(t, "EnableKeyRotation", u.enableRotation(key, 90))
		blobs, materials := [][]byte{}, []string{}
		for range 3 {
			blobs, materials = append(blobs, u.encrypt(key, "text", nil)), append(materials, *u.describe(key).CurrentKeyMaterialId)
			srv.Advance(90*day - time.Minute)
			if m := *u.describe(key).CurrentKeyMaterialId; m != materials[len(materials)-1] {
				t.Errorf("the key was rotated a minute before its date")
			}
			srv.Advance(2 * time.Minute)
		}
		materials = append(materials, *u.describe(key).CurrentKeyMaterialId)
		if len(slices.Compact(slices.Sorted(slices.Values(materials)))) != 4 {
			t.Errorf("the materials were %q", materials)
		}
		for i, blob := range blobs {
			out, err := u.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob})
			must(t, "Decrypt", err)
			if *out.KeyMaterialId != materials[i] {
				t.Errorf("ciphertext %d was opened by %s, want %s", i, *out.KeyMaterialId, materials[i])
			}
		}
		checkRotationList(t, u, key, materials)
		checkRotateKeyEvents(t, srv, u.keyARN(key), "AUTOMATIC", materials)
		if len(u.rotations(still, false)) != 0 {
			t.Error("a key without automatic rotation was rotated")
		}
	})
}

// checkRotationList compares the list of a key's rotations with its materials.
func checkRotationList(t *testing.T, u user, key string, materials []string) {
	t.Helper()
	all := u.rotations(key, true)
	if only := u.rotations(key, false); len(only) != len(materials)-1 || len(all) != len(materials) {
		t.Fatalf("%d rotations, %d materials; want %d and %d", len(only), len(all), len(materials)-1, len(materials))
	}
	for i, e := range all {
		state := types.KeyMaterialStateNonCurrent
		if i == len(all)-1 {
			state = types.KeyMaterialStateCurrent
		}
		if *e.KeyMaterialId != materials[i] || *e.KeyId != *u.describe(key).Arn || e.KeyMaterialState != state || (e.RotationDate == nil) != (i == 0) ||
			(e.RotationType == "") != (i == 0) || e.ImportState != "" || e.ExpirationModel != "" || e.ValidTo != nil || e.KeyMaterialDescription != nil {
			t.Errorf("entry %d is %+v, want %s of %s", i, e, state, materials[i])
		}
	}
}

// checkRotateKeyEvents looks for the events of the rotations of a key, from one material to the next.
func checkRotateKeyEvents(t *testing.T, srv *keysteadtest.Server, arn, kind string, materials []string) {
	t.Helper()
	var found []string
	for _, r := range eventsNamed(t, srv, "RotateKey") {
		if slices.Contains(r.Keys, arn) {
			found = append(found, string(r.JSON))
		}
	}
	if len(found) != len(materials)-1 {
		t.Fatalf("%d RotateKey events of %s, want %d", len(found), arn, len(materials)-1)
	}
	_, id, _ := strings.Cut(arn, "key/")
	for i, record := range found {
		part := fmt.Sprintf(`"serviceEventDetails":{"rotationType":"%s","keyOrigin":"AWS_KMS","previousKeyMaterialId":"%s","currentKeyMaterialId":"%s","keyId":"%s"}`,
			kind, materials[i], materials[i+1], id)
		if !strings.Contains(record, part) || !strings.Contains(record, `"eventType":"AwsServiceEvent"`) {
			t.Errorf("%s is not in the record %s", part, record)
		}
	}
}

// TestRotationPauses: a key that does not work is not rotated. When it works again it is, if
// the date has passed, and else on its date.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html
func TestRotationPauses(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		db := storetest.Open(t, store.Options{URL: url, Sealer: sealer(t, srv)})
		u := root(t, srv)
		overdue, timely, doomed, gone := u.key(), u.key(), u.key(), u.key()
		for _, key := range []string{overdue, timely, doomed, gone} {
			must(t, "EnableKeyRotation", u.enableRotation(key, 100))
		}
		scheduled := func(want int) {
			t.Helper()
			if r, err := db.Scan(t.Context(), "kms-rotation", store.Range{Prefix: "us-east-1/"}); len(r) != want || err != nil {
				t.Errorf("%d rotations are scheduled, %v; want %d", len(r), err, want)
			}
		}
		rotated := func(key string, want int) {
			t.Helper()
			if n := len(u.rotations(key, false)); n != want {
				t.Errorf("%d rotations, want %d", n, want)
			}
		}
		now := time.Now()
		status := func(key, want string) {
			t.Helper()
			if got := u.rotationStatus(key, now); got != want {
				t.Errorf("the status is %s, want %s", got, want)
			}
		}
		scheduled(4)
		u.disable(overdue)
		u.disable(timely)
		u.scheduleDeletion(doomed, 30)
		u.scheduleDeletion(gone, 7)
		scheduled(0)
		status(overdue, "every 100 days, next in 100")
		status(doomed, "off")
		wantOutcome(t, "EnableKeyRotation", u.enableRotation(overdue, 90), "DisabledException: "+u.keyARN(overdue)+" is disabled.")
		wantOutcome(t, "DisableKeyRotation", u.disableRotation(overdue), "DisabledException: "+u.keyARN(overdue)+" is disabled.")
		wantOutcome(t, "EnableKeyRotation", u.enableRotation(doomed, 90), "KMSInvalidStateException: "+u.keyARN(doomed)+" is pending deletion.")
		wantOutcome(t, "RotateKeyOnDemand", u.rotate(doomed), "KMSInvalidStateException: "+u.keyARN(doomed)+" is pending deletion.")
		srv.Advance(10 * day)
		now = now.Add(10 * day)
		u.cancelDeletion(doomed)
		status(doomed, "every 100 days, next in 90")
		u.enable(timely)
		scheduled(1)
		srv.Advance(95 * day)
		now = now.Add(95 * day)
		rotated(timely, 1)
		rotated(overdue, 0)
		rotated(doomed, 0)
		status(timely, "every 100 days, next in 100")
		status(overdue, "every 100 days, next in -5")
		u.enable(overdue)
		u.enable(doomed)
		scheduled(3)
		srv.Advance(0)
		for _, key := range []string{timely, overdue, doomed} {
			rotated(key, 1)
			status(key, "every 100 days, next in 100")
		}
		srv.Advance(101 * day)
		rotated(overdue, 2)
		must(t, "DisableKeyRotation", u.disableRotation(overdue))
		scheduled(2)
		srv.Advance(101 * day)
		rotated(overdue, 2)
	})
}

// TestRotationOfOtherKeys calls the operations of rotation on the keys that have none, or not
// one that their owner sets.
func TestRotationOfOtherKeys(t *testing.T) {
	const none = "UnsupportedOperationException"
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		rows := []struct {
			name                                       string
			in                                         kms.CreateKeyInput
			enable, disable, status, onDemand, listing string // KEY is the key's ARN
		}{
			{
				"HMAC", kms.CreateKeyInput{KeySpec: types.KeySpecHmac256, KeyUsage: types.KeyUsageTypeGenerateVerifyMac},
				none, none, "off", none, none,
			},
			{
				"EXTERNAL, without material", kms.CreateKeyInput{Origin: types.OriginTypeExternal},
				none + ": KEY origin is EXTERNAL which is not valid for this operation.", none + ": KEY origin is EXTERNAL which is not valid for this operation.",
				"off", "KMSInvalidStateException: KEY is pending import.", "ok",
			},
			{
				"ML-KEM", kms.CreateKeyInput{KeySpec: types.KeySpecMlKem768, KeyUsage: types.KeyUsageTypeEncapsulateDecapsulate},
				none, none, "off", none, none,
			},
		}
		for _, row := range rows {
			key := u.made(row.in)
			wants := func(what string, err error, want string) {
				t.Helper()
				wantOutcome(t, what+" of "+row.name, err, strings.Replace(want, "KEY", u.keyARN(key), 1))
			}
			wants("EnableKeyRotation", u.enableRotation(key, 0), row.enable)
			wants("DisableKeyRotation", u.disableRotation(key), row.disable)
			wants("RotateKeyOnDemand", u.rotate(key), row.onDemand)
			_, err := u.ListKeyRotations(t.Context(), &kms.ListKeyRotationsInput{KeyId: &key})
			wants("ListKeyRotations", err, row.listing)
			if got := u.rotationStatus(key, time.Now()); got != row.status {
				t.Errorf("the status of %s is %s", row.name, got)
			}
		}
		mac := u.made(rows[0].in)
		u.disable(mac)
		wantOutcome(t, "RotateKeyOnDemand of a disabled key", u.rotate(mac), "DisabledException: "+u.keyARN(mac)+" is disabled.")
	})
}

// TestRotationOfManagedKeys: it is on for ever, every year, and nobody changes it.
func TestRotationOfManagedKeys(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		now := time.Now()
		key := *u.describe("alias/aws/s3").KeyId
		for _, passed := range []int{0, 100, 270, 100} {
			srv.Advance(time.Duration(passed) * day)
			now = now.Add(time.Duration(passed) * day)
			want := map[int]string{0: "365", 100: "265", 370: "365", 470: "265"}[int(time.Until(now).Round(day)/day)]
			if got := u.rotationStatus(key, now); got != "every 365 days, next in "+want {
				t.Errorf("the status is %s, want %s", got, want)
			}
		}
		if n := len(u.rotations(key, true)); n != 2 {
			t.Errorf("it has %d materials, want 2", n)
		}
		for name, err := range map[string]error{"EnableKeyRotation": u.enableRotation(key, 0), "DisableKeyRotation": u.disableRotation(key), "RotateKeyOnDemand": u.rotate(key)} {
			wantAllowed(t, name, err, false)
		}
	})
}

// TestRotateKeyOnDemand rotates a key as often as that is allowed.
func TestRotateKeyOnDemand(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		must(t, "EnableKeyRotation", u.enableRotation(key, 90))
		now := time.Now()
		blob, materials := u.encrypt(key, "text", nil), []string{*u.describe(key).CurrentKeyMaterialId}
		for range 25 {
			must(t, "RotateKeyOnDemand", u.rotate(key))
			materials = append(materials, *u.describe(key).CurrentKeyMaterialId)
		}
		wantOutcome(t, "once more", u.rotate(key), "LimitExceededException: The on-demand rotations limit has been reached for the given keyId. "+
			"No more on-demand rotations can be performed for this key: "+u.keyARN(key))
		if got := u.rotationStatus(key, now); got != "every 90 days, next in 90" {
			t.Errorf("the status is %s", got)
		}
		checkRotationList(t, u, key, materials)
		for _, e := range u.rotations(key, false) {
			if e.RotationType != types.RotationTypeOnDemand {
				t.Errorf("the rotation is %+v", e)
			}
		}
		checkRotateKeyEvents(t, srv, u.keyARN(key), "ON_DEMAND", materials)
		if text, err := u.decrypt(blob, nil); err != nil || text != "text" {
			t.Errorf("decrypts to %q, %v", text, err)
		}
		srv.Advance(91 * day)
		if n := len(u.rotations(key, false)); n != 26 {
			t.Errorf("%d rotations, want 26: an automatic one after those on demand", n)
		}
	})
}

// TestRotateKeyOnDemandNearAutomatic: for 20 minutes before its date the automatic rotation
// comes first.
func TestRotateKeyOnDemandNearAutomatic(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		must(t, "EnableKeyRotation", u.enableRotation(key, 90))
		srv.Advance(90*day - 21*time.Minute)
		wantOutcome(t, "21 minutes before", u.rotate(key), "ok")
		srv.Advance(2 * time.Minute)
		wantOutcome(t, "19 minutes before", u.rotate(key),
			"ConflictException: An automatic rotation of "+u.keyARN(key)+" is in progress or begins within the next 20 minutes.")
		srv.Advance(20 * time.Minute)
		wantOutcome(t, "afterwards", u.rotate(key), "ok")
		var kinds []types.RotationType
		for _, e := range u.rotations(key, false) {
			kinds = append(kinds, e.RotationType)
		}
		if !slices.Equal(kinds, []types.RotationType{"ON_DEMAND", "AUTOMATIC", "ON_DEMAND"}) {
			t.Errorf("the rotations were %q", kinds)
		}
	})
}

// TestRotateKeyOnDemandAtOnce races many calls to the limit.
func TestRotateKeyOnDemandAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key := u.key()
		var rotated atomic.Int32
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				err := u.rotate(key)
				if err == nil {
					rotated.Add(1)
				} else if !strings.HasPrefix(outcome(err), "LimitExceededException") {
					t.Errorf("RotateKeyOnDemand: %v", err)
				}
			})
		}
		wg.Wait()
		if n := len(u.rotations(key, false)); n != 25 || rotated.Load() != 25 {
			t.Errorf("%d calls succeeded, there were %d rotations; want 25", rotated.Load(), n)
		}
	})
}

// TestListKeyRotationsPaging walks the list in pages, between which the key is rotated.
func TestListKeyRotationsPaging(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		u := root(t, srv)
		key, other := u.key(), u.key()
		for range 5 {
			must(t, "RotateKeyOnDemand", u.rotate(key))
		}
		list := func(in kms.ListKeyRotationsInput) (*kms.ListKeyRotationsOutput, error) {
			return u.ListKeyRotations(t.Context(), &in)
		}
		var pages []int
		var seen []string
		in := kms.ListKeyRotationsInput{KeyId: &key, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial, Limit: new(int32(3))}
		for {
			out, err := list(in)
			must(t, "ListKeyRotations", err)
			pages = append(pages, len(out.Rotations))
			for _, e := range out.Rotations {
				seen = append(seen, *e.KeyMaterialId)
			}
			if (out.NextMarker != nil) != out.Truncated {
				t.Errorf("Truncated is %v with the marker %v", out.Truncated, out.NextMarker)
			}
			if in.Marker = out.NextMarker; !out.Truncated {
				break
			}
			if len(pages) == 1 {
				must(t, "RotateKeyOnDemand", u.rotate(key))
			}
		}
		if !slices.Equal(pages, []int{3, 3, 1}) || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 7 {
			t.Errorf("pages of %v with %d materials", pages, len(seen))
		}
		first, err := list(kms.ListKeyRotationsInput{KeyId: &key, Limit: new(int32(1))})
		must(t, "ListKeyRotations", err)
		_, err = list(kms.ListKeyRotationsInput{KeyId: &other, Marker: first.NextMarker})
		wantOutcome(t, "the marker of another key", err, "InvalidMarkerException: Invalid marker.")
		_, err = list(kms.ListKeyRotationsInput{KeyId: &key, Marker: new("bad")})
		wantOutcome(t, "no marker", err, "InvalidMarkerException: Invalid marker.")
	})
}

// TestRotationOnNodes has two nodes rotate the same keys.
func TestRotationOnNodes(t *testing.T) {
	one, two := nodes(t)
	a, b := root(t, one), root(t, two)
	automatic, onDemand := a.key(), a.key()
	must(t, "EnableKeyRotation", a.enableRotation(automatic, 90))
	blob := b.encrypt(onDemand, "text", nil)
	must(t, "RotateKeyOnDemand", a.rotate(onDemand))
	if m := *b.describe(onDemand).CurrentKeyMaterialId; m != *a.describe(onDemand).CurrentKeyMaterialId {
		t.Errorf("the nodes have the materials %s and another", m)
	}
	if text, err := a.decrypt(b.encrypt(onDemand, "new", nil), nil); err != nil || text != "new" {
		t.Errorf("decrypts to %q, %v", text, err)
	}
	if text, err := a.decrypt(blob, nil); err != nil || text != "text" {
		t.Errorf("decrypts to %q, %v", text, err)
	}
	var wg sync.WaitGroup
	for _, srv := range []*keysteadtest.Server{one, two} {
		wg.Go(func() { srv.Advance(91 * day) })
	}
	wg.Wait()
	if n := len(b.rotations(automatic, false)); n != 1 {
		t.Errorf("%d rotations, want 1", n)
	}
	if n := len(eventsNamed(t, one, "RotateKey")) + len(eventsNamed(t, two, "RotateKey")); n != 2 {
		t.Errorf("%d RotateKey events, want 2", n)
	}
}
