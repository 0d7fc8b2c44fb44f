package expression_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/cloudwatch/expression"
)

// tree is an expression as the oracle reads it: it does not know the language.
type tree struct {
	Op    string `json:"op"`
	Args  []tree `json:"args,omitempty"`
	Value any    `json:"value,omitempty"`
}

// writer makes random expressions, in the language and as trees.
type writer struct{ *rand.Rand }

func (w writer) pick(names ...string) string { return names[w.IntN(len(names))] }

func call(op string, args ...string) string { return op + "(" + strings.Join(args, ", ") + ")" }

func (w writer) series(depth int) (string, tree) {
	if depth == 0 {
		name := w.pick("a", "b", "c", "d")
		return name, tree{Op: "series", Value: name}
	}
	x, tx := w.series(depth - 1)
	switch w.IntN(12) {
	case 0, 1, 2:
		y, ty := w.series(w.IntN(depth))
		op := w.pick("+", "-", "*", "/", "<", ">", "<=", ">=", "==", "!=", "AND", "OR")
		return "(" + x + " " + op + " " + y + ")", tree{Op: op, Args: []tree{tx, ty}}
	case 3:
		y, ty := w.number(depth - 1)
		op := w.pick("+", "-", "*", "/", "<", ">=", "!=")
		if w.IntN(2) == 0 {
			return "(" + y + " " + op + " " + x + ")", tree{Op: op, Args: []tree{ty, tx}}
		}
		return "(" + x + " " + op + " " + y + ")", tree{Op: op, Args: []tree{tx, ty}}
	case 4:
		return "-" + x, tree{Op: "NEGATE", Args: []tree{tx}}
	case 5, 6:
		op := w.pick("ABS", "CEIL", "FLOOR", "DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM")
		return call(op, x), tree{Op: op, Args: []tree{tx}}
	case 7:
		how := w.pick("REPEAT", "LINEAR")
		return call("FILL", x, how), tree{Op: "FILL", Args: []tree{tx}, Value: how}
	case 8:
		y, ty := w.number(depth - 1)
		if w.IntN(2) == 0 {
			y, ty = w.series(depth - 1)
		}
		return call("FILL", x, y), tree{Op: "FILL", Args: []tree{tx, ty}}
	case 9:
		y, ty := w.series(depth - 1)
		z, tz := w.number(depth - 1)
		if w.IntN(2) == 0 {
			y, ty, z, tz = z, tz, y, ty
		}
		return call("IF", x, y, z), tree{Op: "IF", Args: []tree{tx, ty, tz}}
	case 10:
		y, ty := w.array(depth)
		op := w.pick("SUM", "AVG", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT", "FIRST", "LAST")
		return call(op, y), tree{Op: op, Args: []tree{ty}}
	default:
		y, ty := w.number(depth - 1)
		return call("TIME_SERIES", y), tree{Op: "TIME_SERIES", Args: []tree{ty}}
	}
}

func (w writer) number(depth int) (string, tree) {
	if depth == 0 || w.IntN(2) == 0 {
		x := float64(w.IntN(40)) / 4
		return fmt.Sprint(x), tree{Op: "number", Value: x}
	}
	op := w.pick("SUM", "AVG", "MIN", "MAX", "DATAPOINT_COUNT")
	x, tx := w.series(depth - 1)
	return call(op, x), tree{Op: op, Args: []tree{tx}}
}

func (w writer) array(depth int) (string, tree) {
	var items []string
	t := tree{Op: "list"}
	for range 1 + w.IntN(3) {
		x, tx := w.series(w.IntN(depth))
		items, t.Args = append(items, x), append(t.Args, tx)
	}
	text := "[" + strings.Join(items, ", ") + "]"
	if w.IntN(3) == 0 {
		op := w.pick("ABS", "RUNNING_SUM", "DIFF")
		return call(op, text), tree{Op: op, Args: []tree{t}}
	}
	return text, t
}

// TestAgainstOracle compares random expressions over random series with an independent
// implementation.
func TestAgainstOracle(t *testing.T) {
	t.Parallel()
	ask := newOracle(t)
	w := writer{rand.New(rand.NewPCG(3, 4))}
	const periods = 12
	for n := range 400 {
		series, sparse := map[string][][2]float64{}, map[string]*expression.Series{}
		env := &expression.Environment{End: periods * 60, Period: 60, Budget: expression.NewBudget(1_000_000)}
		for _, name := range []string{"a", "b", "c", "d"} {
			sparse[name], series[name] = &expression.Series{Period: 60}, [][2]float64{}
			for at := range int64(periods) {
				if w.IntN(4) == 0 {
					continue
				}
				v := float64(w.IntN(80)-20) / 4
				sparse[name].Points = append(sparse[name].Points, expression.Point{Time: at * 60, Value: v})
				series[name] = append(series[name], [2]float64{float64(at * 60), v})
			}
		}
		var times []int64
		for at := range int64(periods) {
			times = append(times, at*60)
		}
		env.Lookup = func(name string) (expression.Value, error) {
			return expression.OfSeries([]*expression.Series{sparse[name]}, false, true), nil
		}
		text, wanted := w.series(3)
		if n%3 == 0 {
			text, wanted = w.array(3)
		}
		var want [][][2]float64
		ask(t, map[string]any{"series": stringTimes(series), "tree": wanted, "times": times}, &want)
		parsed, err := expression.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := parsed.Evaluate(env)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		compare(t, text, got.Series(), want)
	}
}

func stringTimes(series map[string][][2]float64) map[string][][2]any {
	out := map[string][][2]any{}
	for name, points := range series {
		out[name] = [][2]any{}
		for _, p := range points {
			out[name] = append(out[name], [2]any{int64(p[0]), p[1]})
		}
	}
	return out
}

func compare(t *testing.T, text string, got []*expression.Series, want [][][2]float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d series, want %d", text, len(got), len(want))
		return
	}
	for i, s := range got {
		if len(s.Points) != len(want[i]) {
			t.Errorf("%s: series %d is %v, want %v", text, i, s.Points, want[i])
			continue
		}
		for j, p := range s.Points {
			w := want[i][j]
			if float64(p.Time) != w[0] || math.Abs(p.Value-w[1]) > 1e-9*max(1, math.Abs(w[1])) {
				t.Errorf("%s: point %d of series %d is %v, want %v", text, j, i, p, w)
			}
		}
	}
}

// newOracle starts the independent implementation.
func newOracle(t *testing.T) func(t *testing.T, question, answer any) {
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
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeOracle(t, in, cmd) })
	lines := bufio.NewReader(out)
	return func(t *testing.T, question, answer any) {
		t.Helper()
		b, err := json.Marshal(question)
		if err == nil {
			_, err = in.Write(append(b, '\n'))
		}
		var line []byte
		if err == nil {
			line, err = lines.ReadBytes('\n')
		}
		if err == nil {
			err = json.Unmarshal(line, answer)
		}
		if err != nil {
			t.Fatalf("ask the oracle: %v", err)
		}
	}
}

func closeOracle(t *testing.T, in io.Closer, cmd *exec.Cmd) {
	in.Close()
	if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
		t.Errorf("the oracle: %v", err)
	}
}
