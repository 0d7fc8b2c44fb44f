package kmsmodel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// What happens is chosen by the functions of this file, from one source.

// one is true once in n times.
func (w *world) one(n int) bool { return w.IntN(n) == 0 }

// pick returns one of a list.
func pick[T any](w *world, list ...T) T { return list[w.IntN(len(list))] }

// text makes a short text.
func (w *world) text() string { return fmt.Sprintf("text %d", w.IntN(1000)) }

// some makes bytes.
func (w *world) some(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.Uint32())
	}
	return b
}

// keys are all keys that there are.
func (w *world) keys() (list []*key) {
	for _, s := range w.m.sets {
		for _, r := range s.regions() {
			list = append(list, s.keys[r])
		}
	}
	return list
}

// key picks a key that fits; any key if none does, and nil if there is none. Often it is the one
// of the last step, so that keys come far in life, or one in a state that few have.
func (w *world) key(fits ...func(*key) bool) *key {
	if w.one(8) {
		fits = nil
	}
	fit := func(k *key) bool { return len(fits) == 0 || fits[0](k) }
	if w.at != nil && w.at.keys[w.at.region] == w.at && w.one(3) && fit(w.at) {
		return w.at
	}
	list := slices.DeleteFunc(w.keys(), func(k *key) bool { return !fit(k) })
	if len(list) == 0 {
		list = w.keys()
	}
	if len(list) > 0 && w.one(4) {
		var states []types.KeyState
		for _, s := range columns {
			if slices.ContainsFunc(list, func(k *key) bool { return column(k.now()) == s }) {
				states = append(states, s)
			}
		}
		state := pick(w, states...)
		list = slices.DeleteFunc(list, func(k *key) bool { return column(k.now()) != state })
	}
	if len(list) == 0 {
		return nil
	}
	return pick(w, list...)
}

// target names a key in one of the ways in which an operation takes names. Now and then it is
// the name of no key.
func (w *world) target(op string, fits ...func(*key) bool) target {
	k := w.key(fits...)
	if k == nil {
		return target{pick(w, regions...), pick(w, "1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab")}
	}
	at := target{k.region, k.id}
	if w.one(3) {
		at.name = k.arn()
	}
	if takesAliases[op] && w.one(3) {
		if names := sorted(k.aliases); len(names) > 0 {
			at.name = pick(w, names...)
			if w.one(2) {
				at.name = aliasARN(k.region, at.name)
			}
		}
	}
	switch w.IntN(200) {
	case 0, 1, 2:
		at.region = pick(w, regions...)
	case 3:
		at.name = pick(w, k.id[1:], "alias/nobody", strings.ToUpper(k.id))
	case 4, 5, 6:
		if len(w.gone) > 0 {
			at = pick(w, w.gone...)
		}
	}
	return at
}

func sorted(m map[string]bool) (list []string) {
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
