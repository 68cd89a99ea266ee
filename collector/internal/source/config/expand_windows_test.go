package config

import "testing"

// TestElsewhere: what was read cannot lead to another machine, or to a device.
func TestElsewhere(t *testing.T) {
	for value, want := range map[string]bool{
		`C:\x`: true, `\\server\share\x`: false, `//server/share/x`: false, `\\.\PhysicalDrive0`: false, `\\?\C:\x`: false, `\??\C:\x`: false, `x`: false,
	} {
		v := Vars{"c": {"k": value}}
		if path, ok := v.Expand("${c:k}"); ok != want {
			t.Errorf("%s: %q, %v", value, path, ok)
		}
	}
}
