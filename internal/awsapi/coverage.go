package awsapi

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// OperationsOf lists the operations of a service, by name, from the SDK's client: the
// methods that take a context and an input and return an output.
//
//	OperationsOf((*kms.Client)(nil))
func OperationsOf(client any) []string {
	t := reflect.TypeOf(client)
	var names []string
	for i := range t.NumMethod() {
		if m := t.Method(i); isOperation(m) {
			names = append(names, m.Name)
		}
	}
	return names // sorted: the methods of a type are
}

func isOperation(m reflect.Method) bool {
	t := m.Type
	return t.NumIn() == 4 && t.IsVariadic() && t.NumOut() == 2 &&
		t.In(1) == reflect.TypeFor[context.Context]() &&
		t.In(2).Kind() == reflect.Pointer && t.In(2).Elem().Name() == m.Name+"Input" &&
		t.Out(0).Kind() == reflect.Pointer && t.Out(0).Elem().Name() == m.Name+"Output"
}

// MissingFrom returns the operations of the API that the table lacks: what belongs into
// Service.Missing.
func MissingFrom(api []string, built []Operation) []string {
	var missing []string
	for _, name := range api {
		if !slices.ContainsFunc(built, func(op Operation) bool { return op.Name == name }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// Coverage renders docs/api-coverage.md: for each service, which operations of the API are
// built. api holds the SDK's operations by service name.
func Coverage(services []Service, api map[string][]string) (string, error) {
	var b strings.Builder
	b.WriteString("# API coverage\n\nGenerated from the tables of operations and the AWS SDK for Go; do not edit.\n")
	for _, s := range services {
		if err := coverService(&b, s, api[s.Name]); err != nil {
			return "", fmt.Errorf("service %s: %w", s.Name, err)
		}
	}
	return b.String(), nil
}

func coverService(b *strings.Builder, s Service, api []string) error {
	built := map[string]bool{}
	for _, op := range s.Operations {
		if !slices.Contains(api, op.Name) {
			return fmt.Errorf("the API has no operation %s", op.Name)
		}
		built[op.Name] = true
	}
	part := ""
	if s.Part != "" {
		part = " " + s.Part
	}
	fmt.Fprintf(b, "\n## %s\n\n%d of %d operations%s.\n\n", s.Name, len(built), len(api), part)
	b.WriteString("| Operation | Status | Members without effect yet |\n|---|---|---|\n")
	for _, name := range api {
		status := "missing"
		if built[name] {
			status = "built"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, status, strings.Join(s.Unenforced[name], ", "))
	}
	return nil
}
