package main

import (
	"os"
	"path/filepath"
)

// defaultFolder is the first of these that can be written to: the program's own
// folder, Documents, the temporary folder.
func defaultFolder() string {
	var tries []string
	if exe, err := os.Executable(); err == nil {
		tries = append(tries, filepath.Dir(exe))
	}
	if home, err := os.UserHomeDir(); err == nil {
		tries = append(tries, filepath.Join(home, "Documents"))
	}
	for _, dir := range tries {
		if writable(dir) {
			return dir
		}
	}
	return os.TempDir()
}

func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".asrcollect-*")
	if err != nil {
		return false
	}
	return f.Close() == nil && os.Remove(f.Name()) == nil
}
