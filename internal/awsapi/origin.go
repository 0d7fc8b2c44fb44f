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

// tlsDetails describes the connection as CloudTrail does; nil without TLS.
func tlsDetails(r *http.Request) *cloudtrail.TLSDetails {
	if r.TLS == nil {
		return nil
	}
	d := &cloudtrail.TLSDetails{
		Cipher:     tls.CipherSuiteName(r.TLS.CipherSuite),
		HostHeader: r.Host,
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
