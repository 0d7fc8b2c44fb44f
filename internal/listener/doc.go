// Package listener has what stands between a socket and an http.Server: certificates that are
// read again when they change, a certificate authority of one's own, a bound on connections,
// and what becomes of net/http's complaints. The one rule: a change that does not work out
// leaves what worked in use.
package listener
