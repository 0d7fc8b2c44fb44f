package iam

import (
	"net/netip"
	"strings"
	"time"
)

// contextTexts keeps the texts of condition keys that take work to write, because each of
// many statements may ask for them. Each stands beside what it was made of.
type contextTexts struct {
	addr     netip.Addr
	addrText string
	time     time.Time
	timeText string
	via      Via
	viaText  string
}

func (c *Caller) sourceIP() string {
	if t := &c.texts; t.addr != c.SourceIP || t.addrText == "" {
		t.addr, t.addrText = c.SourceIP, c.SourceIP.String()
	}
	return c.texts.addrText
}

func (c *Caller) currentTime() string {
	if t := &c.texts; !t.time.Equal(c.Time) || t.timeText == "" {
		t.time, t.timeText = c.Time, c.Time.UTC().Format(time.RFC3339)
	}
	return c.texts.timeText
}

// viaService is the service that calls for the principal, with its Region.
func (c *Caller) viaService() string {
	if t := &c.texts; t.via != *c.Via || t.viaText == "" {
		service, domain, _ := strings.Cut(c.Via.Service, ".")
		t.via, t.viaText = *c.Via, service+"."+c.Via.Region+"."+domain
	}
	return c.texts.viaText
}
