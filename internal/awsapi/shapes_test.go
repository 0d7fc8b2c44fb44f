package awsapi_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"time"
)

// color is an enum as the SDK's generator makes them.
type color string

func (color) Values() []color { return []color{"RED", "GREEN"} }

// shape has a member of each kind there is on the wire.
type shape struct {
	Text    *string
	Color   color
	Flag    *bool
	Plain   bool
	Count   *int32
	Total   *int64
	Ratio   *float64
	Blob    []byte
	When    *time.Time
	Part    *part
	Names   []string
	Parts   []part
	Labels  map[string]string
	Shelves map[string]part
	Colors  []color
	Numbers []int32
}

type part struct {
	Name   *string
	Secret *string
	Color  color
	Deeper []part
}

// alphabet has what escapes, quotes and encodings trip over.
var alphabet = []rune(`abcXYZ019 <>&"'\/%+=;,.-_äß日本😀`)

func randomText(r *rand.Rand) string {
	var b strings.Builder
	b.WriteByte('t') // neither empty nor space at the ends: XML readers may trim
	for range r.IntN(20) {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	b.WriteByte('t')
	return b.String()
}

// randomize sets everything in v that can be set. depth bounds types that recur.
func randomize(r *rand.Rand, v reflect.Value, depth int) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		// Eighths of a second: the SDK's JSON reader cuts other fractions to the millisecond below.
		v.Set(reflect.ValueOf(time.UnixMilli(125 * r.Int64N(32e9)).UTC()))
		return
	case v.Kind() == reflect.String:
		if m := v.MethodByName("Values"); m.IsValid() {
			values := m.Call(nil)[0]
			v.Set(values.Index(r.IntN(values.Len())))
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		randomize(r, v.Elem(), depth)
	case reflect.String:
		v.SetString(randomText(r))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 1)
	case reflect.Int32, reflect.Int64:
		v.SetInt(r.Int64N(2000) - 1000)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(r.IntN(1<<20)) / 64)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "ResultMetadata" && depth > 0 {
				randomize(r, v.Field(i), depth-1)
			}
		}
	case reflect.Slice:
		if depth == 0 && v.Type().Elem().Kind() == reflect.Struct {
			return // a form can't tell of elements in which nothing is set
		}
		n := 1 + r.IntN(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.Index(i).SetUint(uint64(r.IntN(256)))
			} else {
				randomize(r, v.Index(i), depth)
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 1 + r.IntN(3) {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			randomize(r, k, depth)
			randomize(r, e, depth)
			v.SetMapIndex(k, e)
		}
	}
}
