//go:build cgo

package driver

import (
	"runtime"
	"unsafe"

	"github.com/miekg/pkcs11"
)

const (
	ivSize  = 12
	tagSize = 16
)

// gcmParams is CK_GCM_PARAMS (PKCS #11 v2.40 current mechanisms, section 2.12.3, with the
// ulIvBits of its header files). miekg/pkcs11 has a type for it too, but that one can't ask
// for an IV of a length without giving a buffer, and allocates each buffer twice.
type gcmParams struct {
	iv      unsafe.Pointer
	ivLen   uint
	ivBits  uint
	aad     unsafe.Pointer
	aadLen  uint
	tagBits uint
}

// gcm is the mechanism CKM_AES_GCM with its parameters. The module may read them, and write
// to the IV, until release.
type gcm struct {
	params gcmParams
	pinner runtime.Pinner
}

// mechanism returns CKM_AES_GCM with these bytes as IV and additional data. The module sees
// the memory of iv itself. Without an iv it is asked to make one of 96 bits.
func (g *gcm) mechanism(iv, aad []byte) []*pkcs11.Mechanism {
	g.params = gcmParams{ivBits: ivSize * 8, tagBits: tagSize * 8}
	if len(iv) > 0 {
		g.pinner.Pin(&iv[0])
		g.params.iv, g.params.ivLen, g.params.ivBits = unsafe.Pointer(&iv[0]), uint(len(iv)), uint(len(iv))*8
	}
	if len(aad) > 0 {
		g.pinner.Pin(&aad[0])
		g.params.aad, g.params.aadLen = unsafe.Pointer(&aad[0]), uint(len(aad))
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&g.params)), unsafe.Sizeof(g.params))
	return []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, bytes)}
}

func (g *gcm) release() { g.pinner.Unpin() }
