package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// place is a machine with a home folder of its own and a prebuilt asrdiag.
type place struct {
	t    *testing.T
	exe  string
	home string
	env  []string
}

// prebuilt builds the real program. It embeds the packs that a build has left in
// the tree, or none.
func prebuilt(t *testing.T) (exe string) {
	t.Helper()
	exe = filepath.Join(t.TempDir(), "prebuilt.exe")
	cmd := exec.Command("go", "build", "-trimpath", "-o", exe, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build asrdiag: %v\n%s", err, out)
	}
	return exe
}

// newPlace gives a machine without a Go toolchain, without any program in its
// path, and, where that can be had, without a network.
func newPlace(t *testing.T, exe string) place {
	t.Helper()
	home := t.TempDir()
	p := place{t: t, exe: exe, home: home}
	p.env = []string{"HOME=" + home, "PATH=", "NO_COLOR=1", "TMPDIR=" + t.TempDir()}
	if runtime.GOOS == "windows" {
		p.env = append(p.env, "AppData="+home, "LocalAppData="+home, "SystemRoot="+os.Getenv("SystemRoot"))
	}
	return p
}

func (p place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.exe, args...)
	cmd.Dir, cmd.Env = p.home, p.env
	offline(cmd)
	return cmd
}

// run runs asrdiag and wants an exit code.
func (p place) run(code int, args ...string) (stdout, stderr string) {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("asrdiag %q: exit %d, want %d\n%s%s", args, got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// refused runs asrdiag, which must fail, say why, and say what to do.
func (p place) refused(why string, args ...string) {
	p.t.Helper()
	stdout, stderr := p.run(report.ExitFailed, args...)
	if stdout != "" || !strings.Contains(stderr, "asrdiag: error: ") || !strings.Contains(stderr, why) || !strings.Contains(stderr, "asrdiag: hint: ") {
		p.t.Errorf("asrdiag %q prints %q and says\n%swant a refusal with %q and a hint", args, stdout, stderr, why)
	}
}

// verdict analyzes a bundle, whatever the exit code, and gives report and verdict.
func (p place) verdict(args ...string) (raw string, r report.Report) {
	p.t.Helper()
	cmd := p.command(append([]string{"analyze", "--format", "json"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, _ := cmd.Output()
	if err := json.Unmarshal(out, &r); err != nil {
		p.t.Fatalf("analyze %q: %v\n%s", args, err, errs.String())
	}
	return string(out), r
}

// buildTravelPack builds a version of the pack, at a place with a toolchain.
func buildTravelPack(t *testing.T, exe, dir, version string, release int, checks string) (pack string) {
	t.Helper()
	src := filepath.Join(dir, "source-"+version)
	if err := os.CopyFS(src, os.DirFS(filepath.Join("testdata", "travelpack"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod":    "module travel\n\ngo 1.21\n",
		"checks.go": "package main\n\nvar checks = []string{" + checks + "}\n",
		"pack.json": fmt.Sprintf(`{"format": 1, "name": "travel", "release": %d, "version": %q, "abi": {"major": 1, "min_minor": 0},
 "engine_min": "0.1.0", "bundle": {"version": 1, "min_minor": 0}, "modules": [{"name": "travel", "go": "."}]}`, release, version),
	} {
		if err := os.WriteFile(filepath.Join(src, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pack = filepath.Join(dir, "travel-"+version+packfile.Ext)
	cmd := exec.Command(exe, "pack", "build", "--key", filepath.Join(dir, "support.key"), "--out", pack, src)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pack build: %v\n%s", err, out)
	}
	return pack
}

// carry copies a pack and its signature, as on a stick.
func carry(t *testing.T, from, toDir string) string {
	t.Helper()
	to := filepath.Join(toDir, filepath.Base(from))
	for _, ext := range []string{"", packfile.SignatureExt} {
		copyFile(t, from+ext, to+ext)
	}
	return to
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// journey is a key and two versions of a pack, made at one place.
type journey struct{ public, old, new string }

func newJourney(t *testing.T, exe string) journey {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(exe, "pack", "keygen", "--out", filepath.Join(dir, "support")).CombinedOutput(); err != nil {
		t.Fatalf("keygen: %v\n%s", err, out)
	}
	return journey{
		public: filepath.Join(dir, "support.pub"),
		old:    buildTravelPack(t, exe, dir, "1.0.0", 1, `"has-host"`),
		new:    buildTravelPack(t, exe, dir, "1.1.0", 2, `"has-host", "recalled-host"`),
	}
}

// TestPacksTravel makes a pack with a new check at one place, carries it to
// another, which has asrdiag alone, and analyzes an old bundle there.
func TestPacksTravel(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles asrdiag and two packs")
	}
	exe := prebuilt(t)
	j, desk := newJourney(t, exe), newPlace(t, exe)
	bundle, err := filepath.Abs("../../bundles/testdata/healthy.zip")
	if err != nil {
		t.Fatal(err)
	}
	stick := t.TempDir()
	old, fresh := carry(t, j.old, stick), carry(t, j.new, stick)
	copyFile(t, j.public, filepath.Join(stick, "support.pub"))

	desk.refused("not trusted", "pack", "install", old)
	desk.run(0, "pack", "trust", filepath.Join(stick, "support.pub"))
	desk.run(0, "pack", "install", old)
	before, r := desk.verdict(bundle)
	if !hasCheck(r, "travel/has-host") || hasCheck(r, "travel/recalled-host") {
		t.Fatalf("the old pack does not run: %s", before)
	}
	desk.run(0, "pack", "install", fresh)
	_, r = desk.verdict(bundle)
	if r.Verdict.State != report.StateFault || !strings.Contains(r.Verdict.Headline, "is recalled") || !signedBy(r, "travel", "1.1.0", "support") {
		t.Errorf("with the new check the verdict is %+v, packs %+v", r.Verdict, r.Packs)
	}
	if named, _ := desk.verdict("--pack", "travel@1.0.0", bundle); named != before {
		t.Error("--pack travel@1.0.0 does not give the report from before")
	}
	desk.run(0, "pack", "remove", "travel@1.1.0")
	if after, _ := desk.verdict(bundle); after != before {
		t.Errorf("after the pack was removed the report is not the one from before:\n%s", after)
	}
	desk.run(0, "pack", "remove", "travel")
	desk.run(0, "pack", "trust", "--remove", "support")
	desk.refused("not trusted", "pack", "install", old)

	unsigned := filepath.Join(stick, "unsigned"+packfile.Ext)
	copyFile(t, fresh, unsigned)
	desk.refused("not signed", "pack", "install", unsigned)
	desk.refused("not signed", "analyze", "--pack", unsigned, bundle)
	if _, r := desk.verdict("--pack", unsigned, "--allow-unsigned", bundle); r.Verdict.State != report.StateFault || !hasUnsigned(r) {
		t.Errorf("an unsigned pack, allowed: %+v, %+v", r.Verdict, r.Packs)
	}
}

func hasCheck(r report.Report, id string) bool {
	return slices.ContainsFunc(r.Checks, func(c report.Check) bool { return c.ID == id })
}

func signedBy(r report.Report, name, version, signer string) bool {
	return slices.ContainsFunc(r.Packs, func(p report.Pack) bool {
		return p.Name == name && p.Version == version && p.SignedBy == signer && !p.Unsigned
	})
}

func hasUnsigned(r report.Report) bool {
	return slices.ContainsFunc(r.Packs, func(p report.Pack) bool { return p.Unsigned && p.SignedBy == "" })
}

// TestPacksAtOnce installs and analyzes at the same time, and kills
// installations at seeded moments: whatever happens, no pack is half there.
func TestPacksAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles asrdiag and two packs")
	}
	exe := prebuilt(t)
	j, desk := newJourney(t, exe), newPlace(t, exe)
	bundle, err := filepath.Abs("../../bundles/testdata/healthy.zip")
	if err != nil {
		t.Fatal(err)
	}
	desk.run(0, "pack", "trust", j.public)
	desk.run(0, "pack", "install", j.old)

	var wg sync.WaitGroup
	outputs := make([]string, 4)
	for i, args := range [][]string{
		{"pack", "install", j.new},
		{"pack", "install", j.new},
		{"pack", "install", j.old, j.new},
		{"analyze", "--format", "json", "--fail-on", "never", bundle},
	} {
		wg.Go(func() {
			out, err := desk.command(args...).CombinedOutput()
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != report.ExitIncomplete || args[0] != "analyze") {
				outputs[i] = fmt.Sprintf("asrdiag %q: %v\n%s", args, err, out)
			}
		})
	}
	wg.Wait()
	for _, out := range outputs {
		if out != "" {
			t.Error(out)
		}
	}
	desk.run(0, "pack", "verify", "travel@1.0.0", "travel@1.1.0")

	random := rand.New(rand.NewPCG(6, 28))
	for range 15 {
		desk.run(0, "pack", "remove", "travel@1.1.0")
		cmd := desk.command("pack", "install", j.new)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(120)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		desk.run(0, "pack", "verify", "travel@1.0.0")
		if out, errs := desk.run(0, "pack", "list"); strings.Contains(out+errs, "REFUSED") {
			t.Fatalf("a killed installation left half a pack:\n%s%s", out, errs)
		}
		desk.run(0, "pack", "install", j.new)
	}
}

// smallPack builds a pack that opens; its module cannot run, which nobody gets
// to see who refuses it before.
func smallPack(t *testing.T, edit func(*packfile.Source)) []byte {
	t.Helper()
	src := packfile.Source{
		Manifest: packfile.Manifest{
			Name: "small", Release: 1, Version: "1.0.0", ABI: packfile.ABIRange{Major: 1},
			EngineMin: packfile.EngineVersion, Bundle: packfile.BundleRange{Version: 1},
		},
		Modules: []packfile.SourceModule{{
			Name: "main", Wasm: append([]byte("\x00asm\x01\x00\x00\x00"), make([]byte, 3000)...),
			Describe: abi.Describe{ABI: abi.Version, Module: "main", Checks: []abi.Check{{
				ID: "looks", Rev: 1, Title: "Looks", Severities: []abi.Severity{abi.Info}, Since: "1.0.0", Doc: "Looks.",
			}}},
		}},
	}
	if edit != nil {
		edit(&src)
	}
	var b bytes.Buffer
	if err := packfile.Build(&b, src); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inProcess runs a command in this process, with a store in home.
func inProcess(t *testing.T, home string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("ASRDIAG_HOME", home)
	var out, errs bytes.Buffer
	code = newApp(strings.NewReader(""), &out, &errs, fstest.MapFS{packsDir + "/.gitkeep": {}}).run(args)
	return code, out.String(), errs.String()
}

// TestInstallRefusesEveryFlippedByte changes one byte of a pack or of its
// signature, 2,000 times. All are refused by the signature: nothing of the pack
// was looked at, and nothing was written.
func TestInstallRefusesEveryFlippedByte(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	public, secret, err := packfile.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	raw := smallPack(t, nil)
	sig, err := packfile.Sign(secret, raw)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := inProcess(t, home, "pack", "trust", "--name", "support", public.String()); code != 0 {
		t.Fatal(errs)
	}
	file := filepath.Join(dir, "small.asrpack")
	random := rand.New(rand.NewPCG(6, 2000))
	for i := range 2000 {
		pack, signature := bytes.Clone(raw), bytes.Clone(sig)
		target := pack
		if i%2 == 1 {
			target = signature
		}
		at := random.IntN(len(target))
		target[at] ^= byte(1 + random.IntN(255))
		if err := errors.Join(os.WriteFile(file, pack, 0o600), os.WriteFile(file+packfile.SignatureExt, signature, 0o600)); err != nil {
			t.Fatal(err)
		}
		code, out, errs := inProcess(t, home, "pack", "install", file)
		signatures := []string{packfile.ErrTampered.Error(), packfile.ErrUntrusted.Error(), packfile.ErrSignatureForm.Error()}
		if code != report.ExitFailed || out != "" || !slices.ContainsFunc(signatures, func(s string) bool { return strings.Contains(errs, s) }) || !strings.Contains(errs, "asrdiag: hint: ") {
			t.Fatalf("change %d, byte %d: exit %d, %q, %q", i, at, code, out, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(home, "packs")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the store was written to: %v", err)
	}
}

// TestHostileTextOfPacks shows a pack whose texts would act on the terminal.
// Those of checks are refused before; the origin is free text.
func TestHostileTextOfPacks(t *testing.T) {
	dir := t.TempDir()
	const evil = "\x1b]0;owned\x07\x1b[2J\u202egnp\u200b\r\nsecond"
	file := filepath.Join(dir, "small.asrpack")
	raw := smallPack(t, func(s *packfile.Source) {
		s.Manifest.Source = packfile.Origin{Repository: evil, Revision: evil, Go: evil}
	})
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"pack", "show", "--allow-unsigned", file},
		{"explain", "--pack", file, "--allow-unsigned", "looks"},
		{"pack", "verify", file},
		{"pack", "install", file},
	} {
		_, out, errs := inProcess(t, t.TempDir(), args...)
		if strings.ContainsAny(out+errs, "\x1b\x07\u202e\u200b\r") || out+errs == "" {
			t.Errorf("asrdiag %q prints %q%q", args, out, errs)
		}
	}
}
