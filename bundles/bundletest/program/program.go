// Package program finds the other programs that a test compares with.
package program

import (
	"os"
	"os/exec"
	"testing"
)

// Path gives the path of a program. Without it the test is skipped with a line
// that says so, or fails when REQUIRE_ALL=1.
func Path(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "%s is not installed: what it would have been compared with was not tried", name)
	}
	return path
}

// Missing skips the test, or fails it when REQUIRE_ALL=1.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("REQUIRE_ALL") == "1" {
		t.Fatalf("required: "+format, args...)
	}
	t.Skipf("skipped: "+format, args...)
}
