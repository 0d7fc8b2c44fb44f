package trail

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// selectors choose which events a trail delivers. The zero value chooses all management
// events.
//
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
type selectors struct {
	Basic    []types.EventSelector         `json:"basic,omitempty"`
	Advanced []types.AdvancedEventSelector `json:"advanced,omitempty"`
}

func (s *selectors) custom() bool { return len(s.Basic)+len(s.Advanced) > 0 }

// match reports whether an event passes: one selector that fits is enough.
func (s *selectors) match(e *entry) bool {
	if !s.custom() {
		return e.management
	}
	for i := range s.Basic {
		if matchBasic(&s.Basic[i], e) {
			return true
		}
	}
	for i := range s.Advanced {
		if matchAdvanced(&s.Advanced[i], e) {
			return true
		}
	}
	return false
}

func matchBasic(s *types.EventSelector, e *entry) bool {
	if s.IncludeManagementEvents != nil && !*s.IncludeManagementEvents || !e.management {
		return false
	}
	for _, source := range s.ExcludeManagementEventSources {
		if string(e.source) == source {
			return false
		}
	}
	switch s.ReadWriteType {
	case types.ReadWriteTypeReadOnly:
		return e.readOnly
	case types.ReadWriteTypeWriteOnly:
		return !e.readOnly
	}
	return true
}

// matchAdvanced reports whether all conditions of a selector hold.
func matchAdvanced(s *types.AdvancedEventSelector, e *entry) bool {
	for i := range s.FieldSelectors {
		f := &s.FieldSelectors[i]
		if !matchField(f, fieldOf(*f.Field, e)) {
			return false
		}
	}
	return true
}

// fieldOf is the value of a field that selectors may name.
func fieldOf(name string, e *entry) string {
	switch name {
	case fieldCategory:
		if e.management {
			return categoryManagement
		}
		return "Data"
	case fieldReadOnly:
		if e.readOnly {
			return "true"
		}
		return "false"
	case fieldSource:
		return string(e.source)
	}
	return ""
}

// matchField reports whether a value meets a condition: one of the positive operators, and
// none of the negative ones.
func matchField(f *types.AdvancedFieldSelector, v string) bool {
	equals := func(v, want string) bool { return v == want }
	if anyOf(f.NotEquals, v, equals) || anyOf(f.NotStartsWith, v, strings.HasPrefix) || anyOf(f.NotEndsWith, v, strings.HasSuffix) {
		return false
	}
	if len(f.Equals)+len(f.StartsWith)+len(f.EndsWith) == 0 {
		return true
	}
	return anyOf(f.Equals, v, equals) || anyOf(f.StartsWith, v, strings.HasPrefix) || anyOf(f.EndsWith, v, strings.HasSuffix)
}

func anyOf(values []string, v string, is func(v, want string) bool) bool {
	for _, want := range values {
		if is(v, want) {
			return true
		}
	}
	return false
}

// Fields of management events, and what selectors say of them.
const (
	fieldCategory = "eventCategory"
	fieldReadOnly = "readOnly"
	fieldSource   = "eventSource"

	categoryManagement = "Management"
)

// Limits of selectors.
const (
	maxSelectors     = 5
	maxDataResources = 250
	maxValues        = 500
)

// excludable are the services whose management events a trail may leave out.
var excludable = []string{"kms.amazonaws.com", "rdsdata.amazonaws.com"}

// checkBasic returns what is wrong with selectors, or "".
func checkBasic(all []types.EventSelector) string {
	if len(all) == 0 || len(all) > maxSelectors {
		return "The number of event selectors must be between 1 and 5."
	}
	resources := 0
	for _, s := range all {
		switch s.ReadWriteType {
		case "", types.ReadWriteTypeAll, types.ReadWriteTypeReadOnly, types.ReadWriteTypeWriteOnly:
		default:
			return "Invalid ReadWriteType: " + string(s.ReadWriteType)
		}
		for _, source := range s.ExcludeManagementEventSources {
			if !contains(excludable, source) {
				return "Invalid value for ExcludeManagementEventSources: " + source
			}
		}
		if len(s.ExcludeManagementEventSources) > 0 && s.IncludeManagementEvents != nil && !*s.IncludeManagementEvents {
			return "ExcludeManagementEventSources can only be used when IncludeManagementEvents is true."
		}
		for _, r := range s.DataResources {
			if r.Type == nil || !contains([]string{"AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"}, *r.Type) {
				return "The data resource type is not valid."
			}
			resources += len(r.Values)
		}
	}
	if resources > maxDataResources {
		return "The number of data resources must not exceed 250."
	}
	return ""
}

// checkAdvanced likewise.
func checkAdvanced(all []types.AdvancedEventSelector) string {
	values := 0
	for _, s := range all {
		category := ""
		seen := map[string]bool{}
		for _, f := range s.FieldSelectors {
			name := *f.Field
			if seen[name] {
				return "The field " + name + " occurs more than once in a selector."
			}
			seen[name] = true
			n := len(f.Equals) + len(f.StartsWith) + len(f.EndsWith) + len(f.NotEquals) + len(f.NotStartsWith) + len(f.NotEndsWith)
			if n == 0 {
				return "The field " + name + " has no operator."
			}
			values += n
			if name == fieldCategory {
				if n != 1 || len(f.Equals) != 1 {
					return "The field eventCategory must be set to Equals with one value."
				}
				category = f.Equals[0]
			}
		}
		if wrong := checkFields(category, s.FieldSelectors); wrong != "" {
			return wrong
		}
	}
	if values > maxValues {
		return "The number of values for all conditions must not exceed 500."
	}
	return ""
}

// checkFields checks the fields of a selector, as its category allows them.
func checkFields(category string, fields []types.AdvancedFieldSelector) string {
	switch category {
	case categoryManagement:
	case "Data", "NetworkActivity":
		return "" // of events that trails do not have here
	case "":
		return "An advanced event selector must have the field eventCategory."
	default:
		return "Invalid value for eventCategory: " + category
	}
	for _, f := range fields {
		switch *f.Field {
		case fieldCategory:
		case fieldReadOnly:
			if len(f.Equals) != 1 || f.Equals[0] != "true" && f.Equals[0] != "false" ||
				len(f.StartsWith)+len(f.EndsWith)+len(f.NotEquals)+len(f.NotStartsWith)+len(f.NotEndsWith) > 0 {
				return "The field readOnly must be set to Equals with the value true or false."
			}
		case fieldSource:
			if len(f.Equals)+len(f.StartsWith)+len(f.EndsWith)+len(f.NotStartsWith)+len(f.NotEndsWith) > 0 {
				return "The field eventSource can only be set to NotEquals for management events."
			}
			for _, v := range f.NotEquals {
				if !contains(excludable, v) {
					return "Invalid value for eventSource: " + v
				}
			}
		default:
			return "The field " + *f.Field + " is not supported for the event category Management."
		}
	}
	return ""
}

func contains(all []string, v string) bool {
	return anyOf(all, v, func(v, want string) bool { return v == want })
}
