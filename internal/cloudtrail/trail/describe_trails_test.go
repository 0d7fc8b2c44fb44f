package trail_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/keystead/keystead/keysteadtest"
)

// TestListPages: a page of ListTrails goes on behind the one before it, also if the trail at its
// end is gone.
func TestListPages(t *testing.T) {
	t.Parallel()
	srv := keysteadtest.Start(t)
	in := func(region int) *cloudtrail.Client {
		cfg := srv.Config()
		cfg.Region = fmt.Sprintf("us-east-%d", region)
		return cloudtrail.NewFromConfig(cfg)
	}
	for region := 10; region <= 30; region++ {
		for _, name := range []string{"one", "two", "three", "four", "five"} {
			if _, err := in(region).CreateTrail(t.Context(), &cloudtrail.CreateTrailInput{Name: &name, S3BucketName: new("audit-logs")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	first, err := in(10).ListTrails(t.Context(), &cloudtrail.ListTrailsInput{})
	if err != nil || len(first.Trails) != 100 || first.NextToken == nil {
		t.Fatalf("the first page: %+v, %v", first, err)
	}
	if _, err := in(29).DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: first.Trails[99].TrailARN}); err != nil {
		t.Fatal(err)
	}
	second, err := in(10).ListTrails(t.Context(), &cloudtrail.ListTrailsInput{NextToken: first.NextToken})
	if err != nil || len(second.Trails) != 5 || second.NextToken != nil {
		t.Errorf("the second page: %+v, %v", second, err)
	}
}
