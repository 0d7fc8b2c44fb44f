package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/keystead/keystead/internal/material"
)

// primitive is a row of the second table: a call beside the bare cryptography in it, which
// this program does itself with a key of the same spec.
type primitive struct {
	operation string
	spec      types.KeySpec
	usage     types.KeyUsageType
	algorithm string
}

var primitives = []primitive{
	{"Sign", types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, "ECDSA_SHA_256"},
	{"Sign", types.KeySpecEccSecgP256k1, types.KeyUsageTypeSignVerify, "ECDSA_SHA_256"},
	{"Sign", types.KeySpecEccNistEdwards25519, types.KeyUsageTypeSignVerify, "ED25519_SHA_512"},
	{"Sign", types.KeySpecRsa2048, types.KeyUsageTypeSignVerify, "RSASSA_PSS_SHA_256"},
	{"Sign", types.KeySpecMlDsa65, types.KeyUsageTypeSignVerify, "ML_DSA_SHAKE_256"},
	{"Verify", types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify, "ECDSA_SHA_256"},
	{"Verify", types.KeySpecRsa2048, types.KeyUsageTypeSignVerify, "RSASSA_PSS_SHA_256"},
	{"Verify", types.KeySpecMlDsa65, types.KeyUsageTypeSignVerify, "ML_DSA_SHAKE_256"},
	{"GenerateMac", types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac, "HMAC_SHA_256"},
	{"DeriveSharedSecret", types.KeySpecEccNistP256, types.KeyUsageTypeKeyAgreement, "ECDH"},
	{"Decrypt", types.KeySpecRsa2048, types.KeyUsageTypeEncryptDecrypt, "RSAES_OAEP_SHA_256"},
	{"Decapsulate", types.KeySpecMlKem768, types.KeyUsageTypeEncapsulateDecapsulate, "ML_KEM"},
	{"GenerateDataKeyPair", types.KeySpecEccNistP256, types.KeyUsageTypeEncryptDecrypt, ""},
	{"GenerateDataKeyPair", types.KeySpecEccNistEdwards25519, types.KeyUsageTypeEncryptDecrypt, ""},
	{"GenerateDataKeyPair", types.KeySpecMlKem768, types.KeyUsageTypeEncryptDecrypt, ""},
}

// message is what is signed and authenticated.
var message = make([]byte, 256)

func benchPrimitives(ctx context.Context, o options) error {
	c, err := startClient(ctx, o, false)
	if err != nil {
		return err
	}
	defer c.server.stop()
	fmt.Println("| operation | key spec | requests/s | p50 | p99 | CPU per call | CPU of the bare primitive | above the primitive |")
	fmt.Println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, p := range primitives {
		if err := p.bench(ctx, o, c); err != nil {
			return fmt.Errorf("%s %s: %w", p.operation, p.spec, err)
		}
	}
	return benchPairs(c)
}

func (p primitive) bench(ctx context.Context, o options, c *client) error {
	in, bare, err := p.prepare(c)
	if err != nil {
		return err
	}
	request, err := c.request(p.operation, in)
	if err != nil {
		return err
	}
	const connections = 4
	calls, alone := make([]figures, o.rounds), make([]time.Duration, o.rounds)
	for i := range o.rounds {
		if calls[i], err = measure(ctx, c.server, false, connections, o.duration, func(int, int) []byte { return request }); err != nil {
			return err
		}
		if alone[i], err = repeat(bare, o.duration/2); err != nil {
			return err
		}
	}
	above := make([]time.Duration, o.rounds)
	for i := range above {
		above[i] = calls[i].cpu/1000 - alone[i]
	}
	slices.Sort(above)
	slices.Sort(alone)
	f := median(calls)
	micro := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	fmt.Printf("| %s | %s | %.0f | %d µs | %d µs | %.1f µs | %.1f µs | %.1f µs |\n", p.operation, p.spec,
		f.perSecond, f.p50.Microseconds(), f.p99.Microseconds(), micro(f.cpu/1000), micro(alone[o.rounds/2]), micro(above[o.rounds/2]))
	return nil
}

// repeat runs f for a while and returns the processor time of each run.
func repeat(f func() error, length time.Duration) (time.Duration, error) {
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		return 0, err
	}
	n := 0
	for begin := time.Now(); time.Since(begin) < length; n++ {
		if err := f(); err != nil {
			return 0, err
		}
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		return 0, err
	}
	used := after.Utime.Nano() - before.Utime.Nano() + after.Stime.Nano() - before.Stime.Nano()
	return time.Duration(used / int64(n)), nil
}

// prepare makes the key, and returns the input of the call and the same thing without a service.
func (p primitive) prepare(c *client) (in map[string]any, bare func() error, err error) {
	create := map[string]any{}
	if p.algorithm != "" {
		create = map[string]any{"KeySpec": p.spec, "KeyUsage": p.usage}
	}
	conn, err := dial(c.server.addr, c.tls)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	key, err := c.createKey(conn, create)
	if err != nil {
		return nil, nil, err
	}
	in = map[string]any{"KeyId": key}
	k, err := material.Generate(material.SpecOf(p.spec))
	if err != nil {
		return nil, nil, err
	}
	bare, err = p.fill(c, in, k)
	return in, bare, err
}

// fill completes the input of the call.
func (p primitive) fill(c *client, in map[string]any, k material.Key) (bare func() error, err error) {
	text := base64.StdEncoding.EncodeToString
	sign, encrypt := types.SigningAlgorithmSpec(p.algorithm), types.EncryptionAlgorithmSpec(p.algorithm)
	switch p.operation {
	case "Sign":
		in["Message"], in["SigningAlgorithm"] = text(message), sign
		return func() error { _, err := k.(material.Signer).Sign(sign, types.MessageTypeRaw, message); return err }, nil
	case "Verify":
		in["Message"], in["SigningAlgorithm"] = text(message), sign
		out, _, err := c.call("Sign", in)
		if err != nil {
			return nil, err
		}
		in["Signature"] = out["Signature"]
		signature, err := k.(material.Signer).Sign(sign, types.MessageTypeRaw, message)
		return func() error { return k.(material.Signer).Verify(sign, types.MessageTypeRaw, message, signature) }, err
	case "GenerateMac":
		in["Message"], in["MacAlgorithm"] = text(message), p.algorithm
		return func() error { k.(material.Authenticator).MAC(message); return nil }, nil
	case "DeriveSharedSecret":
		peer := k.(material.Agreer).PublicKey()
		in["PublicKey"], in["KeyAgreementAlgorithm"] = text(peer), p.algorithm
		return func() error { _, err := k.(material.Agreer).Agree(peer); return err }, nil
	case "Decrypt":
		out, _, err := c.call("Encrypt", map[string]any{"KeyId": in["KeyId"], "Plaintext": text(message[:32]), "EncryptionAlgorithm": encrypt})
		if err != nil {
			return nil, err
		}
		in["CiphertextBlob"], in["EncryptionAlgorithm"] = out["CiphertextBlob"], encrypt
		blob, err := k.(material.Decrypter).Encrypt(encrypt, message[:32])
		return func() error { _, err := k.(material.Decrypter).Decrypt(encrypt, blob); return err }, err
	case "Decapsulate":
		out, _, err := c.call("Encapsulate", map[string]any{"KeyId": in["KeyId"], "EncapsulationAlgorithm": p.algorithm})
		if err != nil {
			return nil, err
		}
		in["SharedSecretCiphertextBlob"], in["EncapsulationAlgorithm"] = out["SharedSecretCiphertextBlob"], p.algorithm
		_, blob, err := k.(material.Decapsulator).Encapsulate()
		return func() error { _, err := k.(material.Decapsulator).Decapsulate(blob); return err }, err
	case "GenerateDataKeyPair":
		in["KeyPairSpec"] = p.spec
		return func() error { _, err := material.Generate(material.SpecOf(p.spec)); return err }, nil
	}
	return nil, errors.New("no such operation")
}

// benchPairs shows what RSA data key pairs cost while the pool of them is warm. Each call
// takes a pair of it, so there are no more calls than it has.
func benchPairs(c *client) error {
	const (
		calls   = 16
		warming = 20 * time.Second
	)
	conn, err := dial(c.server.addr, c.tls)
	if err != nil {
		return err
	}
	key, err := c.createKey(conn, map[string]any{})
	_ = conn.Close() // it would be idle for too long
	if err != nil {
		return err
	}
	in := map[string]any{"KeyId": key, "KeyPairSpec": types.DataKeyPairSpecRsa2048}
	if _, _, err := c.call("GenerateDataKeyPair", in); err != nil { // the pool fills itself from the first call on
		return err
	}
	bare, err := repeat(func() error { _, err := material.Generate(material.SpecOf(types.KeySpecRsa2048)); return err }, 5*time.Second)
	if err != nil {
		return err
	}
	time.Sleep(warming)
	conn, err = dial(c.server.addr, c.tls)
	if err != nil {
		return err
	}
	defer conn.Close()
	var times []time.Duration
	for range calls {
		request, err := c.request("GenerateDataKeyPair", in)
		if err != nil {
			return err
		}
		begin := time.Now()
		status, body, err := conn.roundTrip(request)
		if err == nil && status != 200 {
			err = fmt.Errorf("status %d: %.200s", status, body)
		}
		if err != nil {
			return err
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	fmt.Printf("\nGenerateDataKeyPair of RSA_2048, %d calls with a warm pool: p50 %d µs, longest %d µs; making a pair takes %d µs.\n",
		calls, times[calls/2].Microseconds(), times[calls-1].Microseconds(), bare.Microseconds())
	return nil
}
