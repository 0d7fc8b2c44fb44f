package trail

import (
	"testing"
	"time"
)

// TestLags: a delivery is behind with the partitions that it covers, not with those that it
// has covered.
func TestLags(t *testing.T) {
	t.Parallel()
	here, abroad := partition{testAccount, "us-east-1"}, partition{testAccount, "eu-central-1"}
	s := &Service{pump: &pump{}}
	s.lags.note("bucket of a", here, testStart, 10, 8)
	s.lags.note("bucket of a", abroad, testStart.Add(-time.Hour), 10, 5)
	if h := s.Health(); len(h) != 1 || h[0].Behind != 7 || !h[0].BehindSince.Equal(testStart.Add(-time.Hour)) {
		t.Errorf("two partitions: %+v", h)
	}
	s.lags.keep("bucket of a", []partition{here})
	if h := s.Health(); len(h) != 1 || h[0].Behind != 2 || !h[0].BehindSince.Equal(testStart) {
		t.Errorf("one that is left: %+v", h)
	}
	s.lags.keep("bucket of a", nil)
	if h := s.Health(); len(h) != 0 {
		t.Errorf("none: %+v", h)
	}
}
