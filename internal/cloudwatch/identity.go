package cloudwatch

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/keystead/keystead/internal/cloudwatch/metric"
)

// place is the account and Region that metrics are kept for; it begins the keys of records.
func place(account, region string) string { return account + "/" + region + "/" }

// identity is what stands for a metric in the keys of records: 32 hex digits of a digest. The
// dimensions must be sorted.
func identity(id *metric.ID) string {
	b := make([]byte, 0, 256)
	for _, text := range [...]string{id.Account, id.Region, id.Namespace, id.Name} {
		b = appendText(b, text)
	}
	for _, d := range id.Dimensions {
		b = appendText(appendText(b, d.Name), d.Value)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// sorted returns the id with its dimensions in order; the id itself is not changed.
func sorted(id metric.ID) metric.ID {
	for i := 1; i < len(id.Dimensions); i++ {
		if id.Dimensions[i].Name < id.Dimensions[i-1].Name {
			id.Dimensions = append([]metric.Dimension(nil), id.Dimensions...)
			metric.Sort(id.Dimensions)
			break
		}
	}
	return id
}
