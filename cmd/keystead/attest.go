package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/keystead/keystead/internal/cms"
	"github.com/keystead/keystead/internal/nitro"
	"github.com/keystead/keystead/internal/nitro/nitrotest"
)

func attestCommand() *cobra.Command {
	return group("attest", "Make attestation documents and open answers, without an enclave",
		`Attest does what AWS Nitro Enclaves and NitroTPM do, without one: it makes attestation
documents under a root of your own, for the Recipient parameter of Decrypt, GenerateDataKey,
GenerateDataKeyPair, GenerateRandom and DeriveSharedSecret, and opens the
CiphertextForRecipient of their answers.

The root is for tests. Whoever has it can make a server that accepts it believe that any
program runs anywhere. A server accepts it only with --attestation-root.

From the first document to the plaintext:

  keystead attest document --pcr 0=$IMAGE --output document
  keystead serve --attestation-root aws --attestation-root attestation/root.pem
  aws kms generate-data-key --key-id alias/x --key-spec AES_256 --output text \
    --recipient KeyEncryptionAlgorithm=RSAES_OAEP_SHA_256,AttestationDocument@=fileb://document \
    --query CiphertextForRecipient | keystead attest open

A document is good for five minutes. $IMAGE is the SHA-384 of the enclave's image, in
hexadecimal; a condition on it in a key policy is kms:RecipientAttestation:ImageSha384.`,
		attestDocumentCommand(), attestOpenCommand())
}

// attestation is the flags of attest document.
type attestation struct {
	root, key, publicKey, module, output string
	pcrs                                 []string
	tpm                                  bool
}

// The files that attest makes where it runs, unless it is told other names.
const (
	defaultRootDir = "attestation"
	defaultKeyFile = "enclave-key.pem"
)

func attestDocumentCommand() *cobra.Command {
	var o attestation
	c := &cobra.Command{
		Use:   "document",
		Short: "Make an attestation document under a test root",
		Long: `Document makes an attestation document of now. Registers that no --pcr names are zero, as all
are of an enclave in debug mode. The root is made when it is first needed: DIR/root.pem is its
certificate, DIR/root-key.pem its key. The same is true of the recipient's key.

The document goes to standard output in base64, or to a file as it is.`,
		Example: `  keystead attest document --pcr 0=$(sha384sum image.eif | cut -d ' ' -f 1) --output document
  keystead attest document --nitrotpm --pcr 4=$PCR4 --public-key public.pem`,
		Args: cobra.NoArgs,
	}
	f := c.Flags()
	f.StringVar(&o.root, "root-dir", defaultRootDir, "`DIR` of the test root")
	f.StringVar(&o.key, "key", defaultKeyFile, "`FILE` with the recipient's RSA key, PEM; made if it does not exist")
	f.StringVar(&o.publicKey, "public-key", "", "`FILE` with the recipient's public key, PEM or DER, in place of --key")
	f.StringVar(&o.module, "module-id", "", "`ID` of the enclave or the instance (default: one that is none of AWS's)")
	f.StringArrayVar(&o.pcrs, "pcr", nil, "a register, `INDEX=HEX`; may be given more than once")
	f.BoolVar(&o.tpm, "nitrotpm", false, "of an instance with NitroTPM, not of an enclave")
	f.StringVar(&o.output, "output", "", "`FILE` for the document (default: standard output, in base64)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := environment(c.Flags(), onCommandLine(c.Flags())); err != nil {
			return err
		}
		b, err := o.document(time.Now())
		if err != nil {
			return err
		}
		if o.output != "" {
			return os.WriteFile(o.output, b, 0o600)
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), base64.StdEncoding.EncodeToString(b))
		return err
	}
	return c
}

func (o *attestation) document(now time.Time) ([]byte, error) {
	d, err := o.describe(now)
	if err != nil {
		return nil, err
	}
	a, err := nitrotest.OpenAuthority(o.root, now)
	if err != nil {
		return nil, fmt.Errorf("open the test root: %w", err)
	}
	b, err := a.Document(d)
	if err != nil {
		return nil, err
	}
	// What a server would refuse is better said here.
	d, err = nitro.Verify(b, []*x509.Certificate{a.Root}, now)
	if err == nil {
		_, err = d.RecipientKey()
	}
	if err != nil {
		return nil, fmt.Errorf("no server would accept the document: %w", err)
	}
	return b, nil
}

// describe is what the document says.
func (o *attestation) describe(now time.Time) (*nitro.Document, error) {
	d := &nitro.Document{ModuleID: o.module, Time: now}
	var err error
	if d.PublicKey, err = o.recipientKey(); err != nil {
		return nil, err
	}
	// As many as there are in AWS's documents.
	registers, id := 16, "i-00000000000000000-enc0000000000000000"
	if o.tpm {
		registers, id = 24, "i-00000000000000000-tpm0000000000000000"
	}
	if d.ModuleID == "" {
		d.ModuleID = id
	}
	pcrs := map[int][]byte{}
	for i := range registers {
		pcrs[i] = make([]byte, 48)
	}
	for _, text := range o.pcrs {
		index, value, ok := strings.Cut(text, "=")
		i, wrongIndex := strconv.Atoi(index)
		b, wrongValue := hex.DecodeString(value)
		if !ok || wrongIndex != nil || wrongValue != nil {
			return nil, fmt.Errorf("--pcr: %q is not INDEX=HEX", text)
		}
		pcrs[i] = b
	}
	if o.tpm {
		d.NitroTPMPCRs = pcrs
	} else {
		d.PCRs = pcrs
	}
	return d, nil
}

func (o *attestation) recipientKey() ([]byte, error) {
	if o.publicKey != "" {
		return nitrotest.ReadPublicKey(o.publicKey)
	}
	k, err := nitrotest.OpenKey(o.key)
	if err != nil {
		return nil, fmt.Errorf("open the recipient's key: %w", err)
	}
	return x509.MarshalPKIXPublicKey(&k.PublicKey)
}

// maxEnvelope is more than any CiphertextForRecipient has in base64.
const maxEnvelope = 1 << 20

func attestOpenCommand() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use:   "open",
		Short: "Open a CiphertextForRecipient",
		Long: `Open reads a CiphertextForRecipient from standard input, in base64 as the AWS CLI prints it
or as it is, and writes the plaintext to standard output, without a newline behind it.`,
		Example: `  aws kms decrypt … --query CiphertextForRecipient --output text | keystead attest open`,
		Args:    cobra.NoArgs,
	}
	c.Flags().StringVar(&key, "key", defaultKeyFile, "`FILE` with the recipient's RSA key, PEM")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := environment(c.Flags(), onCommandLine(c.Flags())); err != nil {
			return err
		}
		k, err := nitrotest.ReadKey(key)
		if err != nil {
			return fmt.Errorf("read the recipient's key: %w", err)
		}
		b, err := io.ReadAll(io.LimitReader(c.InOrStdin(), maxEnvelope))
		if err != nil {
			return err
		}
		if text, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(b))); err == nil {
			b = text
		}
		plaintext, err := cms.Open(k, b)
		if err != nil {
			return fmt.Errorf("open the CiphertextForRecipient: %w", err)
		}
		_, err = c.OutOrStdout().Write(plaintext)
		return err
	}
	return c
}
