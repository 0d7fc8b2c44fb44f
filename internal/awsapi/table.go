package awsapi

import (
	"errors"
	"fmt"
)

// operation is an Operation with all that is made from it once.
type operation struct {
	service  *Service
	name     string
	readOnly bool
	missing  bool
	unsigned bool

	recordsAnswer bool
	dataEvent     bool

	in, out  *plan
	newInput func() any
	call     callFunc
}

func (h *Handler) add(s *Service) error {
	if s.MaxBody <= 0 {
		return errors.New("MaxBody must be set")
	}
	if s.RPCv2 && s.TargetPrefix == "" {
		return errors.New("RPCv2 needs a TargetPrefix")
	}
	seen := map[string]bool{}
	for _, row := range s.Operations {
		op, err := prepare(s, row)
		if err != nil {
			return fmt.Errorf("operation %s: %w", row.Name, err)
		}
		if seen[op.name] {
			return fmt.Errorf("operation %s: it is there twice", op.name)
		}
		seen[op.name] = true
		h.register(op)
	}
	for _, name := range s.Missing {
		if seen[name] {
			return fmt.Errorf("operation %s: it is both built and missing", name)
		}
		seen[name] = true
		h.register(&operation{service: s, name: name, missing: true})
	}
	for name := range s.Constraints {
		if !seen[name] {
			return fmt.Errorf("constraints of %s: there is no such operation", name)
		}
	}
	for name := range s.EmptyResults {
		if !seen[name] {
			return fmt.Errorf("empty result of %s: there is no such operation", name)
		}
	}
	for name := range s.Unenforced {
		if !seen[name] {
			return fmt.Errorf("unenforced members of %s: there is no such operation", name)
		}
	}
	return nil
}

func (h *Handler) register(op *operation) {
	s := op.service
	if s.TargetPrefix != "" {
		h.targets[s.TargetPrefix+"."+op.name] = op
	}
	if s.QueryVersion != "" {
		name := actionName{s.QueryVersion, op.name}
		h.actions[name] = append(h.actions[name], op)
		if s.VersionOptional {
			name.version = noVersion
			h.actions[name] = append(h.actions[name], op)
		}
		h.maxForm = max(h.maxForm, s.MaxBody)
		h.ec2Versions[s.QueryVersion] = s.EC2Query
	}
}

func prepare(s *Service, row Operation) (*operation, error) {
	op := &operation{
		service: s, name: row.Name, readOnly: row.ReadOnly,
		unsigned: row.Unsigned, recordsAnswer: row.RecordsAnswer, dataEvent: row.DataEvent,
		newInput: row.newInput, call: row.call,
	}
	var err error
	if op.in, err = newPlanner(s).plan(row.in); err != nil {
		return nil, err
	}
	if op.out, err = newPlanner(s).plan(row.out); err != nil {
		return nil, err
	}
	if op.in.kind != kindStruct || op.out.kind != kindStruct {
		return nil, fmt.Errorf("input and output must be structs: %v, %v", row.in, row.out)
	}
	for _, name := range s.Unenforced[row.Name] {
		if _, ok := op.in.byName[name]; !ok {
			return nil, fmt.Errorf("unenforced: the input has no %q", name)
		}
	}
	return op, constrain(op.in, s.Constraints[row.Name])
}
