//go:build !windows

package collector

import (
	"os"
	"path/filepath"
)

// documents is the user's folder for documents; "" when there is none.
func documents() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, "Documents")
}
