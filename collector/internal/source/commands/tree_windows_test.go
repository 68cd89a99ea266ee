package commands

import (
	"os"
	"strings"
	"testing"
)

// TestEnvironment holds that programs find the folders of the system and nothing
// that whoever runs the collector has set.
func TestEnvironment(t *testing.T) {
	t.Setenv("PLANTED", "x")
	t.Setenv("ProgramData", `C:\elsewhere`)
	list := environment()
	for _, name := range []string{"SystemRoot", "SystemDrive", "PATH", "TEMP", "ProgramFiles", "ProgramData"} {
		found := false
		for _, v := range list {
			dir, ok := strings.CutPrefix(v, name+"=")
			if _, err := os.Stat(dir + `\`); ok && err == nil {
				found = true
			}
		}
		if !found {
			t.Errorf("%s is not the name of a folder in %q", name, list)
		}
	}
	if all := strings.Join(list, "\n"); strings.Contains(all, "PLANTED") || strings.Contains(all, "elsewhere") {
		t.Errorf("programs get %q", list)
	}
}
