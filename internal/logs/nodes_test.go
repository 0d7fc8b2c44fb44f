package logs_test

import (
	"fmt"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/keystead/keystead/internal/store/storetest"
	"github.com/keystead/keystead/keysteadtest"
)

// TestNodes sees that what one node has answered is known to all.
func TestNodes(t *testing.T) {
	t.Parallel()
	storetest.Engines(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		if len(url) < 8 || url[:8] != "postgres" {
			return // one node only
		}
		srv := keysteadtest.Start(t, keysteadtest.WithDatabase(url))
		a, b := sdk.NewFromConfig(srv.Config()), sdk.NewFromConfig(srv.Peer().Config())
		for i := range 20 {
			group := fmt.Sprintf("g%d", i)
			makeStream(t, a, group, "s")
			put(t, b, group, "s", time.Now(), "from b")
			put(t, a, group, "s", time.Now(), "from a")
			if got := must[*sdk.FilterLogEventsOutput](t)(b.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: &group})); len(got.Events) != 2 {
				t.Errorf("%s has %d events", group, len(got.Events))
			}
			must[*sdk.DeleteLogGroupOutput](t)(b.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: &group}))
			_, err := a.DescribeLogStreams(t.Context(), &sdk.DescribeLogStreamsInput{LogGroupName: &group})
			wantError(t, err, "ResourceNotFoundException", "")
		}
	})
}
