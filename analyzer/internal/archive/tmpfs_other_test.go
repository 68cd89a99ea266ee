//go:build !linux

package archive

import (
	"testing"

	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

func tmpfs(t *testing.T, _ int) string {
	t.Helper()
	program.Missing(t, "a small file system can be mounted on Linux only")
	return ""
}
