package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/cmd/winetest"
)

// windowsPackRun trusts a key, installs a pack that was signed on this system,
// and takes both back, with the Windows asrdiag.
func windowsPackRun(t *testing.T, prefix *winetest.Prefix, root, dir string) {
	const file, id = "asr-source-machine-1.0.0.asrpack", "asr-source-machine@1.0.0"
	raw, err := os.ReadFile(filepath.Join(root, "cmd", "asrdiag", "packs", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"pack", "keygen", "--out", "support"}, {"pack", "sign", "--key", "support.key", file}} {
		if out, code := runNative(t, dir, "./asrdiag", args...); code != 0 {
			t.Fatalf("asrdiag %q: exit code %d\n%s", args, code, out)
		}
	}
	steps := []struct {
		code int
		want string
		args []string
	}{
		{1, "pack is signed by a key that is not trusted", []string{"install", file}},
		{0, `trusted as "support"`, []string{"trust", "support.pub"}},
		{1, "the key is trusted already", []string{"trust", "support.pub"}},
		{0, "installed asr-source-machine 1.0.0", []string{"install", file}},
		{0, "is there already: asr-source-machine 1.0.0", []string{"install", file}},
		{0, `signed by "support"`, []string{"verify", id}},
		{0, `-     signed by "support"`, []string{"list"}},
		{0, "removed support", []string{"trust", "--remove", "support"}},
		{0, "REFUSED", []string{"list"}},
		{1, "pack is signed by a key that is not trusted", []string{"verify", id}},
		{0, "removed asr-source-machine 1.0.0", []string{"remove", id}},
		{0, "no pack is installed", []string{"verify"}},
	}
	for _, s := range steps {
		got := prefix.Run(t, dir, "asrdiag.exe", append([]string{"pack"}, s.args...)...)
		if text := string(got.Stdout) + string(got.Stderr); got.Code != s.code || !strings.Contains(text, s.want) {
			t.Fatalf("asrdiag.exe pack %q: exit code %d, want %d and %q\n%s", s.args, got.Code, s.code, s.want, text)
		}
	}
}
