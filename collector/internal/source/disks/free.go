package disks

// Free tells how many bytes may still be written to the volume of a folder.
func Free(folder string) (int64, error) {
	u, err := statfs(folder)
	return int64(min(u.available, 1<<62)), err
}
