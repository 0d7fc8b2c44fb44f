package statistic_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/keystead/keystead/internal/cloudwatch/statistic"
)

func TestParse(t *testing.T) {
	for _, name := range []string{
		"Sum", "Average", "Minimum", "Maximum", "SampleCount", "p0", "p0.0", "p99", "p99.9999999999", "p100", "tm90", "tm99.5", "wm98", "tc90", "ts90", "IQM",
		"TM(2%:98%)", "tm(10%:90%)", "TM(150:1000)", "TM(:95%)", "TM(80%:)", "TS(80%:)", "TC(0.005:0.030)", "WM(10%:90%)", "WM(5:10)", "PR(:300)", "PR(100:2000)", "PR(100:)",
	} {
		s, err := statistic.Parse(name)
		if err != nil || s.String() != name {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	for _, name := range []string{
		"", "sum", "p", "p101", "p-1", "p1e1", "p99.12345678901", "p(10%:20%)", "tm", "tm101", "tm(10%)", "TM(:)", "TM(90%:10%)", "TM(10%:10%)", "TM(10:90%)", "TM(10%:101%)",
		"PR(10%:20%)", "pr90", "TM(1:2:3)", "TM(a:b)", "TM(1:2", "IQM(1:2)", "Average ", "p99 ", "TM()",
	} {
		if s, err := statistic.Parse(name); err == nil {
			t.Errorf("%q is read as %+v", name, s)
		}
	}
}

func of(t *testing.T, name string, s *statistic.Summary) (float64, bool) {
	t.Helper()
	x, err := statistic.Parse(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return x.Of(s)
}

// TestWithoutDistribution is about samples of which CloudWatch has no percentiles.
func TestWithoutDistribution(t *testing.T) {
	for name, c := range map[string]struct {
		make func(s *statistic.Summary)
		want bool
	}{
		"values":            {func(s *statistic.Summary) { s.Add(1, 2) }, true},
		"set of one":        {func(s *statistic.Summary) { s.AddSet(1, 3, 3, 3) }, true},
		"set of the same":   {func(s *statistic.Summary) { s.AddSet(5, 15, 3, 3) }, true},
		"set":               {func(s *statistic.Summary) { s.AddSet(2, 3, 1, 2) }, false},
		"set with a sum":    {func(s *statistic.Summary) { s.AddSet(2, 7, 3, 3) }, false},
		"negative":          {func(s *statistic.Summary) { s.Add(1, 1); s.Add(-1, 1); s.Add(2, 1) }, false},
		"values and a set":  {func(s *statistic.Summary) { s.Add(1, 1); s.AddSet(2, 3, 1, 2) }, false},
		"nothing":           {func(*statistic.Summary) {}, false},
		"nothing but zeros": {func(s *statistic.Summary) { s.Add(0, 3) }, true},
	} {
		var s statistic.Summary
		c.make(&s)
		decoded, _, err := statistic.DecodeSummary(s.Append(nil))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, one := range []*statistic.Summary{&s, decoded} {
			if _, ok := of(t, "p50", one); ok != c.want {
				t.Errorf("%s: there is a median: %v, want %v", name, ok, c.want)
			}
			if n, ok := of(t, "SampleCount", one); ok != (one.Count > 0) || n != one.Count {
				t.Errorf("%s: the count is %v, %v", name, n, ok)
			}
		}
	}
}

// oracle is the independent implementation: it answers what it is asked, one line each.
type oracle struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("KEYSTEAD_TEST_REQUIRE") == "1" {
			t.Fatal("python3 is not there")
		}
		t.Skip("python3 is not there")
	}
	cmd := exec.CommandContext(t.Context(), python, "../testdata/oracle.py")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("the oracle: %v", err)
		}
	})
	return &oracle{in, bufio.NewReader(out)}
}

func (o *oracle) ask(t *testing.T, question, answer any) {
	t.Helper()
	b, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.in.Write(append(b, '\n')); err != nil {
		t.Fatal(err)
	}
	line, err := o.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, answer)
	}
	if err != nil {
		t.Fatalf("ask the oracle: %v", err)
	}
}

// TestAgainstOracle compares the statistics of random samples with those of an independent
// implementation: exact while there are few different values, and within Accuracy else. The
// samples come in parts, which are encoded, decoded and merged.
func TestAgainstOracle(t *testing.T) {
	t.Parallel()
	names := []string{"Sum", "Average", "Minimum", "Maximum", "SampleCount", "p0", "p1", "p50", "p90", "p99", "p99.9", "p100", "tm90", "tm99", "TM(10%:90%)", "TM(:95%)", "IQM", "wm98", "WM(10%:90%)", "tc90", "ts90", "TS(80%:)", "TC(2.5%:97.5%)"}
	exact := []string{"TM(150:1000)", "PR(:300)", "PR(100:2000)", "TC(100:)", "TS(:500)", "WM(200:800)"}
	o, random := newOracle(t), rand.New(rand.NewPCG(1, 2))
	sketches := 0
	for n := range 60 {
		size := 1 + random.IntN(30)
		if n%3 == 0 {
			size = 40 + random.IntN(250)
		}
		var all statistic.Summary
		var samples [][2]float64
		distinct := map[float64]bool{}
		part := new(statistic.Summary)
		for range size {
			v := math.Round(math.Exp(random.Float64()*9)*100) / 100
			if random.IntN(20) == 0 {
				v = 0
			}
			count := float64(1 + random.IntN(3)*random.IntN(2))
			samples, distinct[v] = append(samples, [2]float64{v, count}), true
			part.Add(v, count)
			if random.IntN(5) == 0 {
				decoded, rest, err := statistic.DecodeSummary(part.Append(nil))
				if err != nil || len(rest) > 0 {
					t.Fatalf("decode: %v, %d bytes left", err, len(rest))
				}
				all.Merge(decoded)
				part = new(statistic.Summary)
			}
		}
		all.Merge(part)
		wanted, tolerance := names, statistic.Accuracy*1.0001
		if len(distinct) <= 32 {
			wanted, tolerance = append(exact[:len(exact):len(exact)], names...), 1e-9
		} else {
			sketches++
		}
		var answers map[string]*float64
		o.ask(t, map[string]any{"samples": samples, "statistics": wanted}, &answers)
		for _, name := range wanted {
			got, ok := of(t, name, &all)
			want := answers[name]
			if ok != (want != nil) {
				t.Errorf("series %d of %d values: there is %s: %v, want %v", n, len(distinct), name, ok, want != nil)
			} else if ok && math.Abs(got-*want) > tolerance*max(math.Abs(*want), 1e-9) {
				t.Errorf("series %d of %d values: %s is %v, want %v", n, len(distinct), name, got, *want)
			}
		}
	}
	if sketches < 15 {
		t.Errorf("only %d series needed a sketch", sketches)
	}
}

func FuzzDecodeSummary(f *testing.F) {
	var one, few, many, set statistic.Summary
	one.Add(3, 1)
	for i := range 20 {
		few.Add(float64(i), 2)
	}
	for i := range 200 {
		many.Add(float64(i*i), 1)
	}
	set.AddSet(4, 10, 1, 5)
	for _, s := range []*statistic.Summary{&one, &few, &many, &set} {
		f.Add(s.Append(nil))
	}
	names := make([]statistic.Statistic, 0, 4)
	for _, name := range []string{"Sum", "p99", "TM(10%:90%)", "PR(:5)"} {
		s, err := statistic.Parse(name)
		if err != nil {
			f.Fatal(err)
		}
		names = append(names, s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, _, err := statistic.DecodeSummary(b)
		if err != nil {
			return
		}
		for _, name := range names {
			name.Of(s)
		}
		if again, _, err := statistic.DecodeSummary(s.Append(nil)); err != nil || fmt.Sprint(again.Count) != fmt.Sprint(s.Count) {
			t.Errorf("a second time it is %v, %v", again, err)
		}
	})
}
