package policy

// Context holds the condition keys of a request.
type Context interface {
	// Lookup returns the value of a key, or false if the request has none. The name is
	// in lower case throughout, also what follows a colon or a slash
	// ("kms:encryptioncontext:department", "aws:principaltag/team"), and is to be found
	// whatever the case in which the request has it.
	Lookup(name string) (Value, bool)
}

func lookup(c Context, name string) (Value, bool) {
	if c == nil {
		return Value{}, false
	}
	return c.Lookup(name)
}

// remembered is how many keys of a document a decision looks up only once.
const remembered = 8

// looked is the context of one decision. It remembers the keys that a document asks for
// first, because many statements tend to ask for the same few.
type looked struct {
	context Context
	known   [remembered]bool
	present [remembered]bool
	values  [remembered]Value
}

// lookup returns the value of the key of a condition.
func (l *looked) lookup(c *condition) (v *Value, ok bool) {
	if !l.known[c.slot] || c.slot == remembered-1 { // the last slot is for all other keys
		l.known[c.slot] = true
		l.values[c.slot], l.present[c.slot] = lookup(l.context, c.name)
	}
	return &l.values[c.slot], l.present[c.slot]
}

// Value is the value of a condition key. Numbers, Booleans, addresses and ARNs are given
// as they are printed, dates as epoch seconds or in ISO 8601, and binary values raw.
type Value struct {
	one   string
	list  []string
	multi bool
}

// Single is the value of a key that has one.
func Single(s string) Value { return Value{one: s} }

// Multi is the value of a key that may have several, such as aws:TagKeys. The slice is
// not copied. An empty one is the same as no value.
func Multi(list []string) Value { return Value{list: list, multi: true} }

// Strings are the values, of which there is one or several.
func (v *Value) Strings() []string {
	if v.multi {
		return v.list
	}
	return []string{v.one}
}

func (v *Value) len() int {
	if v.multi {
		return len(v.list)
	}
	return 1
}

func (v *Value) at(i int) string {
	if v.multi {
		return v.list[i]
	}
	return v.one
}

func (v *Value) isEmptyString() bool { return v.len() == 1 && v.at(0) == "" }
