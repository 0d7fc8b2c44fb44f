package pattern

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

const oneKey = "Only one key allowed in match expression"

// operator reads {"prefix": …} and its like behind the brace.
func (r *reader) operator(l *leaf) *Error {
	if r.end() {
		return r.fail("Match expression name not found")
	}
	name, _ := r.string()
	switch name {
	case "exactly":
		return r.text1("exact match pattern must be a string", func(s string) *Error {
			l.strings[s] = true
			l.seek(`"`, s, `"`)
			return nil
		})
	case "prefix", "suffix":
		return r.affix(l, name)
	case "equals-ignore-case":
		return r.text1("equals-ignore-case match pattern must be a string", func(s string) *Error {
			l.add(func(v *value) bool { return v.kind == isString && strings.EqualFold(v.text, s) })
			return nil
		})
	case "wildcard":
		return r.text1("wildcard match pattern must be a string", func(s string) *Error {
			g, err := parseGlob(s)
			if err != nil {
				return r.fail("%s", err.Reason)
			}
			before, text, after := g.longest()
			l.addLiteral(func(v *value) bool { return v.kind == isString && g.match(v.text) }, before, text, after)
			return nil
		})
	case "cidr":
		return r.text1("prefix match pattern must be a string", func(s string) *Error {
			block, err := parseBlock(s)
			if err != nil {
				return r.fail("%s", err.Reason)
			}
			l.add(func(v *value) bool { return v.kind == isString && inBlock(block, v.text) })
			return nil
		})
	case "exists":
		return r.exists(l)
	case "numeric":
		return r.numeric(l)
	case "anything-but":
		return r.anythingBut(l)
	}
	return r.fail("Unrecognized match type %s", name)
}

// text1 reads a string and the end of its object.
func (r *reader) text1(otherwise string, use func(string) *Error) *Error {
	r.next()
	s, ok := r.string()
	if !ok {
		return r.fail("%s", otherwise)
	}
	if err := use(s); err != nil {
		return err
	}
	if !r.end() {
		return r.fail(oneKey)
	}
	return nil
}

// affix reads what prefix and suffix have: a text, or one whose case does not matter.
func (r *reader) affix(l *leaf, name string) *Error {
	prefix := name == "prefix"
	if r.next() != json.Delim('{') {
		s, ok := r.string()
		if !ok {
			return r.fail("%s match pattern must be a string", name)
		}
		if prefix {
			l.addLiteral(func(v *value) bool { return v.kind == isString && strings.HasPrefix(v.text, s) }, `"`, s, "")
		} else {
			l.addLiteral(func(v *value) bool { return v.kind == isString && strings.HasSuffix(v.text, s) }, "", s, `"`)
		}
		if !r.end() {
			return r.fail(oneKey)
		}
		return nil
	}
	if r.end() {
		return r.fail("%s expression name not found", strings.ToUpper(name[:1])+name[1:])
	}
	if operator, _ := r.string(); operator != "equals-ignore-case" {
		return r.fail("Unsupported %s pattern: %s", name, operator)
	}
	err := r.text1("equals-ignore-case match pattern must be a string", func(s string) *Error {
		if prefix {
			l.add(func(v *value) bool { return v.kind == isString && hasPrefixFold(v.text, s) })
		} else {
			l.add(func(v *value) bool { return v.kind == isString && hasSuffixFold(v.text, s) })
		}
		return nil
	})
	if err == nil && !r.end() {
		err = r.fail(oneKey)
	}
	return err
}

func (r *reader) exists(l *leaf) *Error {
	exists, ok := r.next().(bool)
	if !ok {
		return r.fail("exists match pattern must be either true or false.")
	}
	if exists {
		l.add(func(*value) bool { return true })
	} else {
		l.absent = true
	}
	if !r.end() {
		return r.fail(oneKey)
	}
	return nil
}

// numeric reads a comparison, or two that make a range.
func (r *reader) numeric(l *leaf) *Error {
	if r.next() != json.Delim('[') {
		return r.fail("Value of numeric must be an array.")
	}
	r.next()
	operator, ok := r.string()
	if !ok {
		return r.fail("Invalid member in numeric match: %s", show(r.token))
	}
	g := interval{low: lowest, high: highest}
	switch operator {
	case "=", "<", "<=", ">", ">=":
	default:
		return r.fail("Unrecognized numeric range operator: %s", operator)
	}
	n, err := r.number(operator)
	if err != nil {
		return err
	}
	g.limit(operator, n)
	if r.next() != json.Delim(']') {
		if operator[0] != '>' {
			return r.fail("Too many elements in numeric expression")
		}
		if err := r.upper(&g); err != nil {
			return err
		}
	}
	l.add(func(v *value) bool {
		n, ok := v.number()
		return ok && g.contains(n)
	})
	if !r.end() {
		return r.fail("Too many elements in numeric expression")
	}
	return nil
}

// upper reads the second half of a range, from its operator on to the bracket.
func (r *reader) upper(g *interval) *Error {
	operator, ok := r.string()
	if !ok {
		return r.fail("Bad value in numeric range: %s", show(r.token))
	}
	if operator != "<" && operator != "<=" {
		return r.fail("Bad numeric range operator: %s", operator)
	}
	n, err := r.number(operator)
	if err != nil {
		return err
	}
	if bottom := g.low; !(bottom < n) {
		return r.fail("Bottom must be less than top")
	}
	g.limit(operator, n)
	if r.next() != json.Delim(']') {
		return r.fail("Too many terms in numeric range expression")
	}
	return nil
}

// number reads the number behind an operator.
func (r *reader) number(operator string) (number, *Error) {
	t, ok := r.next().(json.Number)
	if !ok {
		if operator == "=" {
			operator = "equals"
		}
		return 0, r.fail("Value of %s must be numeric", operator)
	}
	n, ok := parseNumber(t.String())
	if !ok {
		return 0, r.fail("Value must be between -5.0E9 and 5.0E9, inclusive")
	}
	return n, nil
}

func show(t json.Token) string { return fmt.Sprint(t) }

// parseBlock reads a CIDR block.
func parseBlock(s string) (netip.Prefix, *Error) {
	address, bits, ok := strings.Cut(s, "/")
	if !ok || strings.Contains(bits, "/") {
		return netip.Prefix{}, reason("Malformed CIDR, one '/' required")
	}
	n, err := strconv.Atoi(bits)
	if err != nil {
		return netip.Prefix{}, reason("Malformed CIDR, mask bits must be an integer")
	}
	if n < 0 {
		return netip.Prefix{}, reason("Malformed CIDR, mask bits must not be negative")
	}
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil || a.Zone() != "":
		return netip.Prefix{}, reason("Nonstandard IP address: %s", address)
	case a.Is4() && n > 31:
		return netip.Prefix{}, reason("IPv4 mask bits must be < 32")
	case n > 127:
		return netip.Prefix{}, reason("IPv6 mask bits must be < 128")
	}
	return netip.PrefixFrom(a, n).Masked(), nil
}

// inBlock reports whether s is an address in a block.
func inBlock(block netip.Prefix, s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && block.Contains(a)
}
