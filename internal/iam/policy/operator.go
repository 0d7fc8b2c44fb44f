package policy

import "strings"

// operator is a condition operator without its set prefix and its IfExists.
type operator struct {
	operand func(value string, variables bool) (matcher, *Error)
	negated bool
	null    bool

	variables bool // operands may have them
	cost      int
}

// operators are found by their names in lower case. Variables work with those on strings
// and ARNs, and are plain text for the others.
var operators = map[string]operator{
	"stringequals":              {operand: exact, variables: true},
	"stringnotequals":           {operand: exact, negated: true, variables: true},
	"stringequalsignorecase":    {operand: ignoringCase, variables: true},
	"stringnotequalsignorecase": {operand: ignoringCase, negated: true, variables: true},
	"stringlike":                {operand: like, variables: true, cost: 1},
	"stringnotlike":             {operand: like, negated: true, variables: true, cost: 1},
	"numericequals":             {operand: number(equal), cost: 1},
	"numericnotequals":          {operand: number(equal), negated: true, cost: 1},
	"numericlessthan":           {operand: number(less), cost: 1},
	"numericlessthanequals":     {operand: number(less | equal), cost: 1},
	"numericgreaterthan":        {operand: number(greater), cost: 1},
	"numericgreaterthanequals":  {operand: number(greater | equal), cost: 1},
	"dateequals":                {operand: date(equal), cost: 2},
	"datenotequals":             {operand: date(equal), negated: true, cost: 2},
	"datelessthan":              {operand: date(less), cost: 2},
	"datelessthanequals":        {operand: date(less | equal), cost: 2},
	"dategreaterthan":           {operand: date(greater), cost: 2},
	"dategreaterthanequals":     {operand: date(greater | equal), cost: 2},
	"bool":                      {operand: boolean},
	"null":                      {operand: boolean, null: true},
	"binaryequals":              {operand: binary},
	"ipaddress":                 {operand: addresses, cost: 1},
	"notipaddress":              {operand: addresses, negated: true, cost: 1},
	"arnequals":                 {operand: arn, variables: true, cost: 2},
	"arnlike":                   {operand: arn, variables: true, cost: 2},
	"arnnotequals":              {operand: arn, negated: true, variables: true, cost: 2},
	"arnnotlike":                {operand: arn, negated: true, variables: true, cost: 2},
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
