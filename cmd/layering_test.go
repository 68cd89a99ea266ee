// Package cmd has the tests that concern the whole tree.
package cmd

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/asrdiag/asrdiag"

// layers says what a package may import besides the standard library: own
// packages by their path under the module, others by their module's path. The
// longest matching key applies. A trailing "/" stands for everything below.
var layers = map[string][]string{
	"bundles":            {},
	"bundles/zipform":    {},
	"bundles/zipwriter":  {"bundles", "bundles/zipform", "github.com/klauspost/compress"},
	"bundles/bundlezip":  {"bundles", "bundles/zipform", "github.com/klauspost/compress"},
	"bundles/bundletest": {"bundles", "bundles/zipwriter", "bundles/bundletest", "golang.org/x/tools/txtar"},
	"collector": {
		"bundles", "bundles/zipwriter", "bundles/zipform", "collector/", "github.com/shirou/gopsutil/v3", "golang.org/x/sys", "golang.org/x/text",
		"golang.org/x/term", "github.com/godbus/dbus/v5", "github.com/klauspost/compress",
	},
	"collector/internal/seal":   {"golang.org/x/crypto"},
	"collector/internal/vouch":  {"aead.dev/minisign"},
	"collector/bustest":         {"bundles/bundletest/program", "github.com/godbus/dbus/v5"},
	"checks-wasm/scan":          {"checks-wasm/wire"},
	"checks-wasm/abi":           {"checks-wasm/scan"},
	"checks-wasm/wire":          {},
	"checks-wasm/pattern":       {"checks-wasm/abi", "checks-wasm/scan", "checks-wasm/wire", "bundles"},
	"checks-wasm/check":         {"checks-wasm/abi", "checks-wasm/scan", "checks-wasm/pattern", "checks-wasm/wire", "bundles"},
	"checks-wasm/asrlogs":       {"checks-wasm/abi", "checks-wasm/scan", "checks-wasm/pattern"},
	"checks-wasm/hostcheck":     append([]string{"checks-wasm/asrlogs"}, guest...),
	"checks-wasm/patternmodule": {"checks-wasm/check", "checks-wasm/pattern", "checks-wasm/asrlogs"},
	"checks-wasm/asr-process-server": append([]string{
		"checks-wasm/hostcheck", "checks-wasm/asrlogs",
	}, guest...),
	"checks-wasm/asr-source-machine": append([]string{"checks-wasm/hostcheck", "checks-wasm/asrlogs"}, guest...),
	"checks-wasm/checktest": {
		"checks-wasm/check", "checks-wasm/abi", "checks-wasm/scan", "checks-wasm/pattern", "bundles", "bundles/bundletest", "golang.org/x/tools/txtar",
	},
	"checks-wasm/packfile": {"checks-wasm/abi", "checks-wasm/scan", "aead.dev/minisign"},
	"analyzer": {
		"bundles", "bundles/bundlezip", "checks-wasm/abi", "checks-wasm/scan", "checks-wasm/packfile", "analyzer/report", "analyzer/internal/",
		"golang.org/x/sys", "github.com/klauspost/compress",
	},
	"analyzer/report": {"bundles", "checks-wasm/abi"},
	"analyzer/render": {
		"bundles", "checks-wasm/abi", "analyzer/report", "github.com/olekukonko/tablewriter", "github.com/mattn/go-runewidth",
	},
	"analyzer/internal/wasmhost": {
		"bundles", "checks-wasm/abi", "checks-wasm/scan", "checks-wasm/packfile", "analyzer/report", "analyzer/internal/", "github.com/tetratelabs/wazero", "golang.org/x/sys",
	},
	"analyzer/internal/archive": {
		"bundles", "bundles/bundlezip", "bundles/zipform", "analyzer/internal/", "github.com/mholt/archiver/v4", "github.com/bodgit/sevenzip", "github.com/klauspost/compress",
		"golang.org/x/sys", "filippo.io/age",
	},
	"cmd/asrcollect": {"collector", "bundles", "golang.org/x/term", "golang.org/x/sys"},
	"cmd/asrdiag": {
		"analyzer", "analyzer/report", "analyzer/render", "checks-wasm/packfile", "checks-wasm/pattern", "checks-wasm/abi", "bundles", "cmd/asrdiag/internal/",
		"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/vbauerster/mpb/v8", "golang.org/x/term",
		"golang.org/x/sys",
	},
	"cmd/asrdiag/internal/packstore": {"checks-wasm/packfile", "golang.org/x/sys"},
	"cmd/wine":                       {},
	"cmd/winetest":                   {"bundles/bundletest/program", "cmd/wine"},
	"cmd/simulator": {
		"analyzer/report", "bundles", "bundles/bundlezip", "bundles/zipwriter", "checks-wasm/abi", "collector", "collector/bustest", "cmd/wine", "github.com/godbus/dbus/v5", "golang.org/x/sys", "golang.org/x/tools/txtar",
	},
	"cmd/incidents": {"cmd/simulator"},
	"cmd/checkdocs": {"checks-wasm/packfile", "checks-wasm/abi", "collector/profiles", "bundles"},
}

// guest is what code in a check module may import.
var guest = []string{"checks-wasm/check", "checks-wasm/abi", "checks-wasm/scan", "bundles"}

// never lists what a command must not link, however deep.
var never = map[string][]string{
	"cmd/asrcollect": {
		"net/http", "github.com/tetratelabs/wazero", "github.com/mholt/archiver/v4", "github.com/spf13/cobra",
		"github.com/vbauerster/mpb/v8", module + "/analyzer", module + "/checks-wasm",
		module + "/bundles/bundlezip", "archive/zip", "log/slog", // 57 and 83 KB
		"filippo.io/age",                                                                           // 260 KB, 200 of them regexp
		"aead.dev/minisign", "golang.org/x/crypto/blake2b", "golang.org/x/crypto/chacha20poly1305", // 57 and 51 KB
	},
	"cmd/asrdiag": {module + "/collector", module + "/checks-wasm/check"},
}

// systems are the targets whose files the rules hold for.
var systems = []string{"linux/amd64", "windows/amd64"}

func TestLayering(t *testing.T) {
	for _, system := range systems {
		for pkg, imports := range listImports(t, system) {
			allowed, ok := layerOf(pkg)
			if !ok {
				continue // commands and test kits outside of the table
			}
			for _, imp := range imports {
				if !isAllowed(imp, allowed) {
					t.Errorf("%s: %s must not import %s", system, pkg, imp)
				}
			}
		}
	}
}

// TestStartsPrograms: one package of the collector may start a program.
func TestStartsPrograms(t *testing.T) {
	const only = "collector/internal/source/commands"
	for _, system := range systems {
		for pkg, imports := range listImports(t, system) {
			mine := pkg == "collector" || pkg == "cmd/asrcollect" || strings.HasPrefix(pkg, "collector/")
			if !mine || pkg == "collector/bustest" {
				continue
			}
			if starts := slices.Contains(imports, "os/exec"); starts != (pkg == only) {
				t.Errorf("%s: %s imports os/exec: %v", system, pkg, starts)
			}
		}
	}
}

func TestNeverLinked(t *testing.T) {
	for _, system := range systems {
		for cmd, banned := range never {
			deps := goList(t, system, "-deps", "./"+strings.TrimPrefix(cmd, "cmd/"))
			for _, dep := range strings.Fields(deps) {
				for _, b := range banned {
					if dep == b || strings.HasPrefix(dep, b+"/") {
						t.Errorf("%s: %s links %s", system, cmd, dep)
					}
				}
			}
		}
	}
}

// listImports gives the direct imports of every package, without those of tests.
func listImports(t *testing.T, system string) map[string][]string {
	t.Helper()
	out := goList(t, system, "-f", `{{.ImportPath}} {{range .Imports}}{{.}} {{end}}`, module+"/...")
	pkgs := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		f := strings.Fields(line)
		pkgs[strings.TrimPrefix(f[0], module+"/")] = f[1:]
	}
	return pkgs
}

func goList(t *testing.T, system string, args ...string) string {
	t.Helper()
	goos, goarch, _ := strings.Cut(system, "/")
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// layerOf finds the rule of a package: its own or that of the nearest folder above.
func layerOf(pkg string) ([]string, bool) {
	for p := pkg; p != ""; {
		if allowed, ok := layers[p]; ok {
			return allowed, true
		}
		i := strings.LastIndex(p, "/")
		if i < 0 {
			return nil, false
		}
		p = p[:i]
	}
	return nil, false
}

func isAllowed(imp string, allowed []string) bool {
	own, isOwn := strings.CutPrefix(imp, module+"/")
	if !isOwn && !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
		return true // standard library
	}
	for _, a := range allowed {
		if isOwn {
			if own == a || strings.HasSuffix(a, "/") && strings.HasPrefix(own, a) {
				return true
			}
		} else if imp == a || strings.HasPrefix(imp, a+"/") {
			return true
		}
	}
	return false
}

// The rules themselves must bite.
func TestLayeringRules(t *testing.T) {
	cases := []struct {
		pkg, imp string
		want     bool
	}{
		{"bundles", "encoding/json", true},
		{"bundles", module + "/analyzer", false},
		{"collector/internal/redact", "github.com/tetratelabs/wazero", false},
		{"collector/internal/redact", "golang.org/x/sys/unix", true},
		{"analyzer", "github.com/mholt/archiver/v4", false},
		{"analyzer/internal/archive", "github.com/mholt/archiver/v4", true},
		{"checks-wasm/asr-process-server", "github.com/klauspost/compress/flate", false},
		{"cmd/asrdiag", module + "/collector", false},
	}
	for _, c := range cases {
		allowed, ok := layerOf(c.pkg)
		if got := ok && isAllowed(c.imp, allowed); got != c.want {
			t.Errorf("%s importing %s: allowed %v, want %v", c.pkg, c.imp, got, c.want)
		}
	}
}
