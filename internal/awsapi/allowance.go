package awsapi

import "reflect"

// maxDecoded is how much memory the elements of lists and maps of one request may take:
// two bytes of a body can be an element whose struct takes a hundred.
const maxDecoded allowance = 32 << 20

// allowance is what is left of it.
type allowance int

// take accounts for an element of a list or a map.
func (a *allowance) take(element reflect.Type) error {
	if *a -= allowance(element.Size()) + 8; *a < 0 {
		return errTooLarge
	}
	return nil
}
