package awsapi_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/keystead/keystead/internal/awsapi"
	"github.com/keystead/keystead/internal/awsapi/models"
)

// TestLimits takes every row of the model to its limits: the limit itself is accepted, and
// what lies beyond is told in AWS's words.
func TestLimits(t *testing.T) {
	for operation, rows := range models.KMS {
		l := limits{t: t, input: inputType(tables["kms"].client, operation), rows: rows}
		t.Run(operation, func(t *testing.T) {
			for _, row := range rows {
				l.t = t
				l.required(row)
				l.lengths(row)
				l.numbers(row)
				l.pattern(row)
			}
		})
	}
}

// limits tries values in one member of an operation's input.
type limits struct {
	t     *testing.T
	input reflect.Type
	rows  []awsapi.Constraint
}

// expect puts a value into the member of a row, and looks whether the message has a demand
// on it. Whatever else is wrong with the input, such as its other members, is left alone.
func (l limits) expect(row awsapi.Constraint, demand string, want bool, set func(reflect.Value)) {
	l.t.Helper()
	in := reflect.New(l.input)
	set(member(in.Elem(), row.Path))
	at, inList := strings.CutSuffix(row.Path, ".member")
	if inList { // of simple values, which AWS tells of at the list
		demand = "Member must satisfy constraint: [" + demands(row) + "]"
	}
	at = strings.ReplaceAll(at, ".member", ".1.member")
	message := codec(l.t, in.Interface(), l.rows).Validate(in.Interface())
	if got := strings.Contains(message, " at '"+at+"' failed to satisfy constraint: "+demand); got != want {
		l.t.Errorf("%s: %q is %v, want %v", row.Path, demand, got, want)
	}
}

func demands(row awsapi.Constraint) string {
	return "Member must have length less than or equal to " + strconv.Itoa(row.MaxLen) +
		", Member must have length greater than or equal to " + strconv.Itoa(row.MinLen)
}

// member is the settable value at a path, with all that it takes to get there.
func member(v reflect.Value, path string) reflect.Value {
	for step := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Pointer {
			v.Set(reflect.New(v.Type().Elem()))
			v = v.Elem()
		}
		if step == "member" {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			v = v.Index(0)
		} else {
			v = v.FieldByNameFunc(func(name string) bool { return strings.EqualFold(name, step) })
		}
	}
	return v
}

// sized makes a value of n characters, bytes or elements.
func sized(n int) func(reflect.Value) {
	return func(v reflect.Value) {
		switch {
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		case v.Kind() == reflect.Pointer:
			s := strings.Repeat("é", n) // as many characters, twice as many bytes
			v.Set(reflect.ValueOf(&s))
		default:
			v.SetString(strings.Repeat("é", n))
		}
	}
}

func (l limits) required(row awsapi.Constraint) {
	const demand = "Member must not be null"
	if strings.HasSuffix(row.Path, ".member") { // what is in a list is there
		return
	}
	l.expect(row, demand, row.Required, func(reflect.Value) {})
	if row.MaxLen > 0 {
		l.expect(row, demand, false, sized(0))
	}
}

func (l limits) lengths(row awsapi.Constraint) {
	if row.MaxLen == 0 {
		return
	}
	longest := "Member must have length less than or equal to " + strconv.Itoa(row.MaxLen)
	l.expect(row, longest, false, sized(row.MaxLen))
	l.expect(row, longest, true, sized(row.MaxLen+1))
	shortest := "Member must have length greater than or equal to " + strconv.Itoa(row.MinLen)
	l.expect(row, shortest, false, sized(row.MinLen))
	if row.MinLen > 0 {
		l.expect(row, shortest, true, sized(row.MinLen-1))
	}
}

func (l limits) numbers(row awsapi.Constraint) {
	if row.Max == 0 {
		return
	}
	number := func(n int64) func(reflect.Value) {
		return func(v reflect.Value) {
			v.Set(reflect.New(v.Type().Elem()))
			v.Elem().SetInt(n)
		}
	}
	largest := "Member must have value less than or equal to " + strconv.FormatInt(row.Max, 10)
	l.expect(row, largest, false, number(row.Max))
	l.expect(row, largest, true, number(row.Max+1))
	smallest := "Member must have value greater than or equal to " + strconv.FormatInt(row.Min, 10)
	l.expect(row, smallest, false, number(row.Min))
	l.expect(row, smallest, true, number(row.Min-1))
}

// fitting has values at the edge of each pattern of the operations that are built; those
// beside them are beyond it.
var fitting = map[string]struct{ inside, outside []string }{
	`^[a-zA-Z0-9:/_-]+$`:                 {[]string{"azAZ09:/_-"}, []string{"", "a.", "a ", "a\n", "ä", "a+"}},
	`[\w]+`:                              {[]string{"azAZ09_"}, []string{"", "a-", "a ", "é"}},
	`[\u0009\u000A\u000D\u0020-\u00FF]+`: {[]string{"\t\n\r ~\u007f\u00ff"}, []string{"", "\x00", "\x08", "\x0b", "\x1f", "\u0100", "😀"}},
	`[\u0020-\u00FF]*`:                   {[]string{"", " ~\u00ff"}, []string{"\t", "\n", "\x1f", "\u0100"}},
}

func (l limits) pattern(row awsapi.Constraint) {
	values, known := fitting[row.Pattern]
	if !known {
		return
	}
	demand := "Member must satisfy regular expression pattern: " + row.Pattern
	try := func(values []string, want bool) {
		for _, s := range values {
			l.expect(row, demand, want, func(v reflect.Value) { v.Set(reflect.ValueOf(&s)) })
		}
	}
	try(values.inside, false)
	try(values.outside, true)
}
