package awsapi

import (
	"reflect"
	"strings"
	"time"
)

// simple tells a value that is neither a structure nor a collection.
func (p *plan) simple() bool { return p.kind < kindStruct }

// secret tells a value that no message may show: sensitive ones, and blobs wherever.
func (p *plan) secret() bool {
	switch {
	case p.rule != nil && p.rule.Sensitive, p.kind == kindBlob:
		return true
	case p.kind == kindMap:
		return p.elem.secret() || p.key.secret()
	case p.kind == kindList:
		return p.elem.secret()
	}
	return false
}

// display prints a value as AWS's messages show it, in quotes; "" if they don't.
func display(p *plan, v reflect.Value) string {
	switch {
	case p.secret():
		return ""
	case p.simple():
		return "'" + plain(p, v) + "'"
	case p.kind == kindList && p.elem.simple():
		all := make([]string, v.Len())
		for i := range all {
			all[i] = plain(p.elem, indirect(v.Index(i)))
		}
		return "'[" + strings.Join(all, ", ") + "]'"
	case p.kind == kindMap && p.elem.simple():
		var all []string
		for _, k := range sortedKeys(v) {
			all = append(all, k.String()+"="+plain(p.elem, indirect(v.MapIndex(k))))
		}
		return "'{" + strings.Join(all, ", ") + "}'"
	}
	return ""
}

func plain(p *plan, v reflect.Value) string {
	switch p.kind {
	case kindString, kindEnum:
		if s := v.String(); s != emptyEnum {
			return s
		}
		return ""
	case kindTime:
		return v.Interface().(time.Time).UTC().Format(auditDate)
	}
	return string(appendScalar(nil, p, v))
}
