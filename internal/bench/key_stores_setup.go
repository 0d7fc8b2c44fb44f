package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"path/filepath"
	"time"
)

// startProxy starts this project's proxy with a software key, and the handler that does nothing.
func (k *keyStores) startProxy(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	conf := fmt.Sprintf(`listen: %s
data-dir: proxy
tls:
  hosts: [%s]
backends:
  - name: software
    software: {}
stores:
  - prefix: /bench
    backend: software
    credentials:
      - access-key-id: %s
        secret: %s
`, address, storeHost, storeAccessKey, storeSecret)
	bin, err := filepath.Abs(k.o.bin)
	if err != nil {
		return err
	}
	k.o.bin = bin
	if err := k.write("proxy.yaml", conf); err != nil {
		return err
	}
	if err := k.run(ctx, bin, "xks-proxy", "key", "create", "--config", "proxy.yaml", "--store", "/bench", "bench"); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, bin, "xks-proxy", "serve", "--config", "proxy.yaml")
	cmd.Dir = k.dir
	if err := cmd.Start(); err != nil {
		return err
	}
	k.proxy = &process{cmd: cmd, addr: address, dir: filepath.Join(k.dir, "proxy")}
	if err := await("the proxy listens", func() (bool, error) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false, nil
		}
		return true, c.Close()
	}); err != nil {
		return err
	}
	k.bare, err = startBare(ctx, 900, k.proxy)
	return err
}

func (k *keyStores) startServer(ctx context.Context) (err error) {
	conf := fmt.Sprintf("custom-key-stores:\n  ca: %s/proxy/tls/ca.pem\n  requests-per-second: 1000000\n  hosts:\n    %s: [%q]\n", k.dir, storeHost, k.proxy.addr)
	if err := k.write("keystead.yaml", conf); err != nil {
		return err
	}
	server, err := startKeystead(ctx, k.o, false, "--config", filepath.Join(k.dir, "keystead.yaml"))
	if err != nil {
		return err
	}
	if k.c, err = newClient(server, false); err != nil {
		server.stop()
	}
	return err
}

// answer is a call whose answer is wanted as a map.
func (k *keyStores) answer(to api, operation string, in map[string]any) (map[string]any, error) {
	conn, err := dial(k.c.server.addr, false)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	out, _, err := k.c.callAPI(conn, to, operation, in)
	return out, err
}

// makeProxyStore makes the key store behind the proxy and a key in it.
func (k *keyStores) makeProxyStore(context.Context) (err error) {
	k.behindProxy, err = k.keyIn(map[string]any{
		"CustomKeyStoreName": "proxy", "CustomKeyStoreType": "EXTERNAL_KEY_STORE", "XksProxyConnectivity": "PUBLIC_ENDPOINT",
		"XksProxyUriEndpoint": "https://" + storeHost, "XksProxyUriPath": "/bench/kms/xks/v1",
		"XksProxyAuthenticationCredential": map[string]any{"AccessKeyId": storeAccessKey, "RawSecretAccessKey": storeSecret},
	}, map[string]any{"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "bench"})
	return err
}

// keyIn makes a key store, connects it, and makes a key in it.
func (k *keyStores) keyIn(store, key map[string]any) (arn string, err error) {
	out, err := k.answer(kmsAPI, "CreateCustomKeyStore", store)
	if err != nil {
		return "", err
	}
	id := map[string]any{"CustomKeyStoreId": out["CustomKeyStoreId"]}
	if _, err := k.answer(kmsAPI, "ConnectCustomKeyStore", id); err != nil {
		return "", err
	}
	if err := await("the key store is connected", func() (bool, error) {
		out, err := k.answer(kmsAPI, "DescribeCustomKeyStores", id)
		if err != nil {
			return false, err
		}
		list, _ := out["CustomKeyStores"].([]any)
		entry, _ := list[0].(map[string]any)
		if entry["ConnectionState"] == "FAILED" {
			return false, fmt.Errorf("key store: %v", entry["ConnectionErrorCode"])
		}
		return entry["ConnectionState"] == "CONNECTED", nil
	}); err != nil {
		return "", err
	}
	conn, err := dial(k.c.server.addr, false)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	key["CustomKeyStoreId"] = out["CustomKeyStoreId"]
	return k.c.createKey(conn, key)
}

// makeHSMStore makes a cluster of two HSMs, its key store, and a key in it.
func (k *keyStores) makeHSMStore(ctx context.Context) error {
	out, err := k.answer(hsmAPI, "CreateCluster", map[string]any{"HsmType": "hsm2m.medium", "SubnetIds": []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1"}})
	if err != nil {
		return err
	}
	made, _ := out["Cluster"].(map[string]any)
	cluster := made["ClusterId"]
	csr := ""
	for _, step := range []struct {
		state, zone string
		do          func() error
	}{
		{"UNINITIALIZED", "", func() error { return nil }},
		{"UNINITIALIZED", "us-east-1a", func() error { return nil }},
		{"INITIALIZED", "", func() error {
			certificate, anchor, err := sign(csr)
			if err != nil {
				return err
			}
			_, err = k.answer(hsmAPI, "InitializeCluster", map[string]any{"ClusterId": cluster, "SignedCert": certificate, "TrustAnchor": anchor})
			return errors.Join(err, k.write("anchor", anchor))
		}},
		{"ACTIVE", "", func() error { return k.activate(ctx, fmt.Sprint(cluster)) }},
		{"ACTIVE", "us-east-1b", func() error { return nil }},
	} {
		if err := step.do(); err != nil {
			return err
		}
		if step.zone != "" {
			if _, err := k.answer(hsmAPI, "CreateHsm", map[string]any{"ClusterId": cluster, "AvailabilityZone": step.zone}); err != nil {
				return err
			}
		}
		if csr, err = k.awaitCluster(cluster, step.state); err != nil {
			return err
		}
	}
	anchor, err := k.read("anchor")
	if err != nil {
		return err
	}
	k.inHSM, err = k.keyIn(map[string]any{
		"CustomKeyStoreName": "HSMs", "CloudHsmClusterId": cluster, "TrustAnchorCertificate": anchor, "KeyStorePassword": userPassword,
	}, map[string]any{"Origin": "AWS_CLOUDHSM"})
	return err
}

// awaitCluster waits until a cluster has a state and all its HSMs are active. It returns the
// request for a certificate, while there is one.
func (k *keyStores) awaitCluster(cluster any, state string) (csr string, err error) {
	return csr, await("the cluster is "+state, func() (bool, error) {
		out, err := k.answer(hsmAPI, "DescribeClusters", map[string]any{"Filters": map[string]any{"clusterIds": []any{cluster}}})
		if err != nil {
			return false, err
		}
		list, _ := out["Clusters"].([]any)
		c, _ := list[0].(map[string]any)
		certificates, _ := c["Certificates"].(map[string]any)
		csr, _ = certificates["ClusterCsr"].(string)
		done := c["State"] == state
		hsms, _ := c["Hsms"].([]any)
		for _, h := range hsms {
			unit, _ := h.(map[string]any)
			done = done && unit["State"] == "ACTIVE"
		}
		return done, nil
	})
}

// activate does what is the operator's.
func (k *keyStores) activate(ctx context.Context, cluster string) error {
	if err := errors.Join(k.write("officer", "officer1234\n"), k.write("kmsuser", userPassword+"\n")); err != nil {
		return err
	}
	return errors.Join(
		k.run(ctx, k.o.bin, "hsm", "activate", cluster, "--password-file", "officer", "--data-dir", k.c.server.dir),
		k.run(ctx, k.o.bin, "hsm", "users", "create", cluster, "kmsuser", "--admin-password-file", "officer", "--password-file", "kmsuser", "--data-dir", k.c.server.dir),
	)
}

// sign signs a request for a certificate, as the owner of a cluster does.
func sign(csr string) (certificate, anchor string, err error) {
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		return "", "", errors.New("the cluster has no request for a certificate")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return "", "", err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: request.Subject, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
	}, ca, request.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	text := func(der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return text(leaf), text(root), nil
}

// await polls until something is so, for half a minute.
func await(what string, so func() (bool, error)) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok, err := so(); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: not in 30 s", what)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
