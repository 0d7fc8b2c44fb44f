package policy

import "strings"

// operator is a condition operator without its set prefix and its IfExists.
type operator struct {
	operand func(value string, variables bool) (matcher, *Error)
	negated bool
	null    bool

	variables bool // operands may have them
}

// operators are found by their names in lower case. Variables work with those on strings
// and ARNs, and are plain text for the others.
var operators = map[string]operator{
	"stringequals":              {operand: exact, variables: true},
	"stringnotequals":           {operand: exact, negated: true, variables: true},
	"stringequalsignorecase":    {operand: ignoringCase, variables: true},
	"stringnotequalsignorecase": {operand: ignoringCase, negated: true, variables: true},
	"stringlike":                {operand: like, variables: true},
	"stringnotlike":             {operand: like, negated: true, variables: true},
	"numericequals":             {operand: number(equal)},
	"numericnotequals":          {operand: number(equal), negated: true},
	"numericlessthan":           {operand: number(less)},
	"numericlessthanequals":     {operand: number(less | equal)},
	"numericgreaterthan":        {operand: number(greater)},
	"numericgreaterthanequals":  {operand: number(greater | equal)},
	"dateequals":                {operand: date(equal)},
	"datenotequals":             {operand: date(equal), negated: true},
	"datelessthan":              {operand: date(less)},
	"datelessthanequals":        {operand: date(less | equal)},
	"dategreaterthan":           {operand: date(greater)},
	"dategreaterthanequals":     {operand: date(greater | equal)},
	"bool":                      {operand: boolean},
	"null":                      {operand: boolean, null: true},
	"binaryequals":              {operand: binary},
	"ipaddress":                 {operand: addresses},
	"notipaddress":              {operand: addresses, negated: true},
	"arnequals":                 {operand: arn, variables: true},
	"arnlike":                   {operand: arn, variables: true},
	"arnnotequals":              {operand: arn, negated: true, variables: true},
	"arnnotlike":                {operand: arn, negated: true, variables: true},
}

func exact(value string, variables bool) (matcher, *Error) {
	p, err := compilePattern(value, false, variables)
	return &p, err
}

func like(value string, variables bool) (matcher, *Error) {
	p, err := compilePattern(value, true, variables)
	return &p, err
}

// foldedPattern compares regardless of case.
type foldedPattern struct{ pattern }

func ignoringCase(value string, variables bool) (matcher, *Error) {
	p, err := compilePattern(value, false, variables)
	return &foldedPattern{p}, err
}

func (p *foldedPattern) match(value string, c Context) bool {
	if !p.variables {
		return strings.EqualFold(p.text(p.atoms), value)
	}
	atoms, ok := p.resolve(nil, c)
	return ok && strings.EqualFold(p.text(atoms), value)
}

func (p *foldedPattern) text(atoms []atom) string {
	if len(atoms) == 1 {
		return atoms[0].text
	}
	var b strings.Builder
	for i := range atoms {
		b.WriteString(atoms[i].text)
	}
	return b.String()
}
