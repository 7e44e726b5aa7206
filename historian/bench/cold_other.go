//go:build !linux || (!amd64 && !arm64)

package bench

// dropCache reports that the system cannot be asked to forget its cache.
func dropCache(string) bool { return false }
