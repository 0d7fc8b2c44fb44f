package trail_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// engines runs a test against a whole server, once on each engine.
func engines(t *testing.T, test func(t *testing.T, srv *keysteadtest.Server)) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		test(t, keysteadtest.Start(t, keysteadtest.WithDatabase(fresh(t))))
	})
}

func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

func message(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorMessage()
	}
	return ""
}

// newTrail makes a trail that logs.
func newTrail(t *testing.T, c *cloudtrail.Client, in *cloudtrail.CreateTrailInput) string {
	t.Helper()
	out, err := c.CreateTrail(t.Context(), in)
	if err != nil {
		t.Fatalf("CreateTrail: %v", err)
	}
	if _, err := c.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: out.TrailARN}); err != nil {
		t.Fatalf("StartLogging: %v", err)
	}
	return *out.TrailARN
}

// filesIn lists the files of a bucket that is a folder whose names have a part.
func filesIn(t *testing.T, srv *keysteadtest.Server, bucket, part string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(srv.DataDir, "buckets", bucket), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, part) && strings.HasSuffix(path, ".gz") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func lookup(t *testing.T, c *cloudtrail.Client, key types.LookupAttributeKey, value string) []types.Event {
	t.Helper()
	in := &cloudtrail.LookupEventsInput{}
	if key != "" {
		in.LookupAttributes = []types.LookupAttribute{{AttributeKey: key, AttributeValue: &value}}
	}
	var all []types.Event
	pages := cloudtrail.NewLookupEventsPaginator(c, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatalf("LookupEvents by %s: %v", key, err)
		}
		all = append(all, page.Events...)
	}
	return all
}

func TestLookupEvents(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		keys, c := srv.KMS(), cloudtrail.NewFromConfig(srv.Config())
		key, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := keys.Encrypt(t.Context(), &kms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("x")}); err != nil {
				t.Fatal(err)
			}
		}
		srv.Advance(time.Second)
		all := lookup(t, c, "", "")
		if len(all) < 4 {
			t.Fatalf("%d events", len(all))
		}
		for i := 1; i < len(all); i++ {
			if all[i].EventTime.After(*all[i-1].EventTime) {
				t.Errorf("event %d is newer than the one before it", i)
			}
		}
		encrypt := lookup(t, c, types.LookupAttributeKeyEventName, "Encrypt")
		if len(encrypt) != 3 {
			t.Fatalf("%d events Encrypt", len(encrypt))
		}
		e := encrypt[0]
		if *e.EventSource != "kms.amazonaws.com" || *e.ReadOnly != "true" || *e.Username != "root" || *e.AccessKeyId != srv.AccessKeyID ||
			len(e.Resources) != 1 || *e.Resources[0].ResourceName != *key.KeyMetadata.Arn || *e.Resources[0].ResourceType != "AWS::KMS::Key" ||
			!strings.Contains(*e.CloudTrailEvent, `"eventName":"Encrypt"`) || !strings.Contains(*e.CloudTrailEvent, `"authorization":"kms:Encrypt allowed`) {
			t.Errorf("the event is %+v: %s", e, *e.CloudTrailEvent)
		}
		for key, want := range map[types.LookupAttributeKey]struct {
			value string
			n     int
		}{
			types.LookupAttributeKeyEventId:      {*e.EventId, 1},
			types.LookupAttributeKeyResourceName: {*key.KeyMetadata.Arn, 4},
			types.LookupAttributeKeyResourceType: {"AWS::KMS::Key", 4},
			types.LookupAttributeKeyUsername:     {"nobody", 0},
			types.LookupAttributeKeyReadOnly:     {"true", -1},
			types.LookupAttributeKeyAccessKeyId:  {srv.AccessKeyID, -1},
			types.LookupAttributeKeyEventSource:  {"kms.amazonaws.com", -1},
		} {
			if got := lookup(t, c, key, want.value); len(got) != want.n && want.n >= 0 || want.n < 0 && len(got) < 3 {
				t.Errorf("%s %s: %d events, want %d", key, want.value, len(got), want.n)
			}
		}
		if got := lookup(t, c, types.LookupAttributeKeyUsername, "root"); len(got) < 4 {
			t.Errorf("%d events of root", len(got))
		}
	})
}

// TestLookupPages: a page goes on where the one before it ended, with the same query alone.
func TestLookupPages(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		keys, c := srv.KMS(), cloudtrail.NewFromConfig(srv.Config())
		for range 7 {
			if _, err := keys.ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
				t.Fatal(err)
			}
		}
		srv.Advance(time.Second)
		in := &cloudtrail.LookupEventsInput{
			MaxResults:       new(int32(3)),
			LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: new("ListKeys")}},
		}
		seen := map[string]bool{}
		for pages := 0; ; pages++ {
			out, err := c.LookupEvents(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out.Events {
				seen[*e.EventId] = true
			}
			if out.NextToken == nil {
				break
			}
			if pages > 5 || len(out.Events) != 3 {
				t.Fatalf("page %d has %d events", pages, len(out.Events))
			}
			in.NextToken = out.NextToken
		}
		if len(seen) != 7 {
			t.Errorf("%d events", len(seen))
		}
		in.LookupAttributes[0].AttributeValue = new("Encrypt")
		if _, err := c.LookupEvents(t.Context(), in); code(err) != "InvalidNextTokenException" {
			t.Errorf("the token of another query: %v", err)
		}
		now := time.Now()
		for name, tt := range map[string]struct {
			in   cloudtrail.LookupEventsInput
			code string
		}{
			"no token":       {cloudtrail.LookupEventsInput{NextToken: new("x")}, "InvalidNextTokenException"},
			"two attributes": {cloudtrail.LookupEventsInput{LookupAttributes: append(in.LookupAttributes, in.LookupAttributes...)}, "InvalidLookupAttributesException"},
			"unknown":        {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: "X", AttributeValue: new("x")}}}, "ValidationException"},
			"backward":       {cloudtrail.LookupEventsInput{StartTime: &now, EndTime: new(now.Add(-time.Hour))}, "InvalidTimeRangeException"},
			"too many":       {cloudtrail.LookupEventsInput{MaxResults: new(int32(51))}, "InvalidMaxResultsException"},
			"category":       {cloudtrail.LookupEventsInput{EventCategory: "x"}, "ValidationException"},
		} {
			if _, err := c.LookupEvents(t.Context(), &tt.in); code(err) != tt.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if out, err := c.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{EventCategory: types.EventCategoryInsight}); err != nil || len(out.Events) != 0 {
			t.Errorf("insights: %+v, %v", out, err)
		}
		old, err := c.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{EndTime: new(now.Add(-time.Hour))})
		if err != nil || len(old.Events) != 0 {
			t.Errorf("events of an hour ago: %+v, %v", old, err)
		}
		srv.Advance(91 * 24 * time.Hour)
		if got := lookup(t, c, types.LookupAttributeKeyEventName, "ListKeys"); len(got) != 0 {
			t.Errorf("after 91 days: %d events", len(got))
		}
	})
}

func TestTrailDelivers(t *testing.T) {
	engines(t, func(t *testing.T, srv *keysteadtest.Server) {
		keys, c := srv.KMS(), cloudtrail.NewFromConfig(srv.Config())
		if _, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{Description: new("before")}); err != nil {
			t.Fatal(err)
		}
		arn := newTrail(t, c, &cloudtrail.CreateTrailInput{Name: new("all"), S3BucketName: new("audit-logs"), EnableLogFileValidation: new(true)})
		if _, err := keys.CreateKey(t.Context(), &kms.CreateKeyInput{Description: new("after")}); err != nil {
			t.Fatal(err)
		}
		srv.Advance(5 * time.Minute)
		text := ""
		for _, f := range filesIn(t, srv, "audit-logs", "/CloudTrail/") {
			text += readGzip(t, f)
		}
		if strings.Contains(text, `"before"`) || !strings.Contains(text, `"after"`) {
			t.Errorf("the file has %s", text)
		}
		srv.Advance(time.Hour)
		if d := filesIn(t, srv, "audit-logs", "/CloudTrail-Digest/"); len(d) != 1 {
			t.Errorf("the digests are %v", d)
		}
		st, err := c.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &arn})
		if err != nil || !*st.IsLogging || st.LatestDeliveryTime == nil || st.LatestDigestDeliveryTime == nil || st.LatestDeliveryError != nil {
			t.Errorf("GetTrailStatus: %+v, %v", st, err)
		}
	})
}
