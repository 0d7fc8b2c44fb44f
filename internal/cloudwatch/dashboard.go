package cloudwatch

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/keystead/keystead/internal/store"
)

// dashboardKind is the kind of dashboards. A record's key is ACCOUNT/NAME: an account has the
// same dashboards in all Regions.
const dashboardKind = "dashboard"

type dashboard struct {
	Body     string            `json:"body"`
	Modified time.Time         `json:"modified"`
	Tags     map[string]string `json:"tags,omitempty"`
}

func dashboardARN(account, name string) string {
	return "arn:aws:cloudwatch::" + account + ":dashboard/" + name
}

func dashboardKey(account, name string) string { return account + "/" + name }

var dashboardName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

func checkDashboardName(name string) error {
	if dashboardName.MatchString(name) {
		return nil
	}
	return errValue("The value %s for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).", name)
}

func errNoDashboard(name string) error {
	return &types.DashboardNotFoundError{Message: new(fmt.Sprintf("Dashboard %s does not exist", name))}
}

// openDashboard reads a dashboard; it is nil if there is none.
func openDashboard(src source, account, name string) (*dashboard, error) {
	r, err := src.Get(dashboardKind, dashboardKey(account, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeDashboard(r)
}

func decodeDashboard(r store.Record) (*dashboard, error) {
	d := new(dashboard)
	if err := json.Unmarshal(r.Body, d); err != nil {
		return nil, fmt.Errorf("decode dashboard %s: %w", r.Key, err)
	}
	return d, nil
}

func (d *dashboard) write(tx *store.Tx, account, name string) error {
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode a dashboard: %w", err)
	}
	return tx.Upsert(store.Record{Kind: dashboardKind, Key: dashboardKey(account, name), Body: body})
}
