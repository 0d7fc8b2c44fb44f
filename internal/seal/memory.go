package seal

// lockedMemory returns size zero bytes that, where the system allows it, are neither
// swapped nor dumped, and a function that wipes them and gives them back.
func lockedMemory(size int) (mem []byte, free func([]byte)) {
	if mem, ok := lockPages(size); ok {
		return mem, freePages
	}
	return make([]byte, size), func(b []byte) { clear(b) }
}
