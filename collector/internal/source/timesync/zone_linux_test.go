package timesync

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// offsetOf is what a zone adds to UTC at an instant of this winter.
func offsetOf(loc *time.Location) int {
	_, seconds := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC).In(loc).Zone()
	return seconds
}

// TestZoneOf has the machine's zone, whatever TZ is for the one who asks.
func TestZoneOf(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, "zoneinfo", "Asia", "Kathmandu")
	if err := os.MkdirAll(filepath.Dir(rules), 0o700); err != nil {
		t.Fatal(err)
	}
	// TZif version 1: no changes, one type, 5 h 45 min, "+0545".
	raw := append([]byte("TZif"), make([]byte, 16)...)
	for _, n := range []byte{0, 0, 0, 0, 1, 6} {
		raw = append(raw, 0, 0, 0, n)
	}
	raw = append(raw, 0, 0, 0x50, 0xdc, 0, 0)
	raw = append(raw, "+0545\x00"...)
	link, copied, name, bad := filepath.Join(dir, "link"), filepath.Join(dir, "copied"), filepath.Join(dir, "timezone"), filepath.Join(dir, "bad")
	for file, content := range map[string][]byte{rules: raw, copied: raw, name: []byte("Asia/Katmandu\n"), bad: []byte("no zone")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(rules, link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TZ", "America/New_York")
	for _, c := range []struct {
		localtime, want string
		offset          int
	}{{link, "Asia/Kathmandu", 20700}, {copied, "Asia/Katmandu", 20700}, {filepath.Join(dir, "none"), "UTC", 0}, {bad, "", 0}} {
		if got, loc := zoneOf(c.localtime, name); got != c.want || offsetOf(loc) != c.offset {
			t.Errorf("zoneOf(%s) = %q, %d, want %q, %d", c.localtime, got, offsetOf(loc), c.want, c.offset)
		}
	}
}
