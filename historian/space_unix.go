//go:build unix

package historian

import "syscall"

// space is the bytes that are free for us, and those and the used ones, on the
// disk of a folder. What the system keeps back is neither, as with df.
func space(dir string) (free, total int64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, err
	}
	used := st.Blocks - st.Bfree
	return int64(st.Bavail) * int64(st.Bsize), int64(used+uint64(st.Bavail)) * int64(st.Bsize), nil
}
