package cloudwatch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Bounds of a dashboard.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
const (
	maxWidgets = 500
	maxBody    = 1 << 20
	maxFaults  = 100 // that are told of
)

// fault is something that is wrong with a dashboard's body.
type fault struct {
	DataPath string `json:"dataPath"`
	Message  string `json:"message"`
}

// errDashboard tells what is wrong with a body.
func errDashboard(faults []fault) error {
	text, err := encodeFaults(faults)
	if err != nil {
		return fmt.Errorf("encode what is wrong with a dashboard: %w", err)
	}
	e := &types.DashboardInvalidInputError{
		Message: new(fmt.Sprintf("The dashboard body is invalid, there are %d validation errors:\n%s", len(faults), text)),
	}
	for _, f := range faults {
		e.DashboardValidationMessages = append(e.DashboardValidationMessages, types.DashboardValidationMessage{DataPath: new(f.DataPath), Message: new(f.Message)})
	}
	return e
}

// checkDashboard looks for what is wrong with a body. The error is for one that can't be read.
func checkDashboard(body string) ([]fault, error) {
	var root map[string]any
	if len(body) > maxBody || json.Unmarshal([]byte(body), &root) != nil || root == nil {
		return nil, &types.DashboardInvalidInputError{Message: new("The field DashboardBody must be a valid JSON object")}
	}
	c := new(bodyCheck)
	c.oneOf("", root, "periodOverride", "auto", "inherit")
	c.text("", root, "start")
	c.text("", root, "end")
	widgets, ok := root["widgets"]
	if !ok {
		return c.faults, nil
	}
	list, ok := widgets.([]any)
	if !ok {
		c.note("/widgets", "Should be array")
	}
	if len(list) > maxWidgets {
		c.note("/widgets", fmt.Sprintf("Should NOT have more than %d items", maxWidgets))
		list = nil
	}
	for i, w := range list {
		c.widget(fmt.Sprintf("/widgets/%d", i), w)
	}
	return c.faults, nil
}

// encodeFaults writes faults as AWS's messages show them: the signs < and > stay as they are.
func encodeFaults(faults []fault) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(faults)
	return strings.TrimSpace(b.String()), err
}

type bodyCheck struct{ faults []fault }

func (c *bodyCheck) note(path, message string) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, fault{path, message})
	}
}

// required looks for a member.
func (c *bodyCheck) required(path string, o map[string]any, name string) bool {
	if _, ok := o[name]; ok {
		return true
	}
	c.note(path, "Should have required property '"+name+"'")
	return false
}

func (c *bodyCheck) text(path string, o map[string]any, name string) {
	if v, ok := o[name]; ok {
		if _, ok := v.(string); !ok {
			c.note(path+"/"+name, "Should be string")
		}
	}
}

func (c *bodyCheck) oneOf(path string, o map[string]any, name string, values ...string) {
	v, ok := o[name]
	if !ok {
		return
	}
	if text, ok := v.(string); !ok || !slices.Contains(values, text) {
		c.note(path+"/"+name, "Should be equal to one of the allowed values: "+strings.Join(values, ", "))
	}
}

func (c *bodyCheck) number(path string, o map[string]any, name string, least, most float64) {
	v, ok := o[name]
	if !ok {
		return
	}
	switch n, ok := v.(float64); {
	case !ok || n != float64(int64(n)):
		c.note(path+"/"+name, "Should be integer")
	case n < least:
		c.note(path+"/"+name, fmt.Sprintf("Should be >= %v", least))
	case n > most:
		c.note(path+"/"+name, fmt.Sprintf("Should be <= %v", most))
	}
}

func (c *bodyCheck) widget(path string, v any) {
	w, ok := v.(map[string]any)
	if !ok {
		c.note(path, "Should be object")
		return
	}
	if c.required(path, w, "type") {
		c.oneOf(path, w, "type", "metric", "text", "log", "alarm", "explorer", "custom")
	}
	c.number(path, w, "x", 0, 23)
	c.number(path, w, "y", 0, 1e9)
	c.number(path, w, "width", 1, 24)
	c.number(path, w, "height", 1, 1000)
	if !c.required(path, w, "properties") {
		return
	}
	p, ok := w["properties"].(map[string]any)
	if !ok {
		c.note(path+"/properties", "Should be object")
		return
	}
	c.properties(path+"/properties", w["type"], p)
}

func (c *bodyCheck) properties(path string, kind any, p map[string]any) {
	switch kind {
	case "text":
		c.required(path, p, "markdown")
		c.text(path, p, "markdown")
	case "log":
		c.required(path, p, "query")
		c.required(path, p, "region")
		c.text(path, p, "query")
	case "alarm":
		if c.required(path, p, "alarms") {
			c.list(path+"/alarms", p["alarms"], 100)
		}
	case "custom":
		c.required(path, p, "endpoint")
	case "metric":
		c.metricWidget(path, p)
	}
}

func (c *bodyCheck) list(path string, v any, most int) []any {
	list, ok := v.([]any)
	switch {
	case !ok:
		c.note(path, "Should be array")
	case len(list) > most:
		c.note(path, fmt.Sprintf("Should NOT have more than %d items", most))
		return nil
	}
	return list
}

func (c *bodyCheck) metricWidget(path string, p map[string]any) {
	c.required(path, p, "region")
	c.text(path, p, "region")
	c.text(path, p, "title")
	c.oneOf(path, p, "view", "timeSeries", "singleValue", "gauge", "bar", "pie", "table")
	c.number(path, p, "period", 1, maxPeriod)
	metrics, ok := p["metrics"]
	if !ok {
		if _, ok := p["annotations"]; !ok {
			c.note(path, "Should have required property 'metrics'")
		}
		return
	}
	for i, m := range c.list(path+"/metrics", metrics, maxQueries) {
		c.metric(fmt.Sprintf("%s/metrics/%d", path, i), m)
	}
}

// metric checks one line: namespace, name, then names and values of dimensions, and at the end
// perhaps an object with options; or such an object with an expression alone.
func (c *bodyCheck) metric(path string, v any) {
	list, ok := v.([]any)
	if !ok {
		c.note(path, "Should be array")
		return
	}
	if len(list) > 2+2*30+1 {
		c.note(path, fmt.Sprintf("Should NOT have more than %d items", 2+2*30+1))
		return
	}
	for i, item := range list {
		if _, ok := item.(map[string]any); ok && i == len(list)-1 {
			break
		}
		if _, ok := item.(string); !ok {
			c.note(fmt.Sprintf("%s/%d", path, i), "Invalid metric field type, only 'String' type is allowed")
		}
	}
}
