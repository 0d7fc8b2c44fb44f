package awsapi

import (
	"crypto/tls"
	"net/http"
	"net/netip"

	"github.com/keystead/keystead/internal/cloudtrail"
)

// remoteIP is the address at the other end of the connection.
func remoteIP(r *http.Request) netip.Addr {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Addr().Unmap()
}

// TLSDetails describes the connection as CloudTrail does; nil without TLS.
func TLSDetails(r *http.Request) *cloudtrail.TLSDetails {
	if r.TLS == nil {
		return nil
	}
	d := &cloudtrail.TLSDetails{
		Cipher:      tls.CipherSuiteName(r.TLS.CipherSuite),
		HostHeader:  r.Host,
		KeyExchange: keyExchange(r.TLS.CurveID),
	}
	switch r.TLS.Version {
	case tls.VersionTLS12:
		d.Version = "TLSv1.2"
	case tls.VersionTLS13:
		d.Version = "TLSv1.3"
	default:
		d.Version = tls.VersionName(r.TLS.Version)
	}
	return d
}

// keyExchange names a key exchange as its specification does: RFC 8446 the curves, and
// Go's own names the hybrids.
func keyExchange(id tls.CurveID) string {
	switch id {
	case 0: // RSA, or a connection that was resumed without one
		return ""
	case tls.X25519:
		return "x25519"
	case tls.CurveP256:
		return "secp256r1"
	case tls.CurveP384:
		return "secp384r1"
	case tls.CurveP521:
		return "secp521r1"
	default:
		return id.String()
	}
}
