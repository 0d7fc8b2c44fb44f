package hsm

import "os"

// softHSMs are the places where distributions have the library of SoftHSM2.
var softHSMs = []string{
	"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so",
	"/usr/lib/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so",
}

// SoftHSM is the path of SoftHSM2's library on this machine. If there is none, found is false, and
// the path is where Debian's would be.
func SoftHSM() (path string, found bool) {
	for _, path := range softHSMs {
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return softHSMs[0], false
}
