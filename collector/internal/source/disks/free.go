package disks

// Free tells how many bytes may still be written to the volume of a folder.
func Free(folder string) (int64, error) {
	free, _, err := Room(folder)
	return free, err
}
