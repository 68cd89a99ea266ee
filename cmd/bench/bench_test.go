package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

const sampleBundle = "../../bundles/testdata/healthy.zip"

// TestMain: the test's program is its own peer, as bench is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == peerArg {
		os.Exit(peer(os.Args[2:], os.Stderr))
	}
	os.Exit(m.Run())
}

// build builds the programs that are measured.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+"/", "../asrcollect", "../asrdiag")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// TestQuick runs every case with small inputs. Cases that need the packs that
// "make build" embeds are left out where it has not run.
func TestQuick(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: times and memory of other processes are read on Linux only")
	}
	for _, peer := range []string{"zip", "unzip", "rg"} {
		program.Path(t, peer)
	}
	only := "start|sampling|asrcollect: a log|literals|metering"
	bin := build(t)
	if packs, _ := filepath.Glob("../asrdiag/packs/asr-process-server-*.asrpack"); len(packs) == 1 {
		only += "|analyze|beside|memory|64 MiB|many"
		link(t, packs[0], filepath.Join(bin, "packs", filepath.Base(packs[0])))
	}
	rows, err := measure(context.Background(), config{
		bin: bin, sample: sampleBundle, literals: "./literals", quick: true, only: regexp.MustCompile(only), log: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		none := r.limit != 0 && r.value <= 0 && !strings.Contains(r.what, "sampling") // two seconds of which may be less than a tick
		if r.problem != "" && !r.later || r.problem == "" && (r.measured == "" || none) {
			t.Errorf("%s: measured %q (%g), %s", r.what, r.measured, r.value, r.state())
		}
	}
	if len(rows) < 12 {
		t.Errorf("%d rows", len(rows))
	}
	page := string(markdown(rows, describeMachine(bin)))
	host, _ := os.Hostname()
	for _, local := range []string{os.TempDir(), bin, host + " "} {
		if strings.Contains(page, local) {
			t.Errorf("the page tells %q of this machine:\n%s", local, page)
		}
	}
}

func link(t *testing.T, from, to string) {
	t.Helper()
	abs, err := filepath.Abs(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o700)
	}
	if err == nil {
		err = os.Symlink(abs, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestInputsAreTheSame: numbers of two days are comparable only so.
func TestInputsAreTheSame(t *testing.T) {
	var log bytes.Buffer
	if err := writeLog(&log, 1, 1<<20); err != nil {
		t.Fatal(err)
	}
	const want = "f578a43794dc7b8d25c4b6e9f4c7950daa27f2583e4368173d9e222616b2e209"
	if sum := sha256.Sum256(log.Bytes()); hex.EncodeToString(sum[:]) != want {
		t.Errorf("the log has the hash %x, want %s: the page of results has to be made anew", sum, want)
	}
	for _, rare := range []string{"sig=", "is tried again"} {
		if n := strings.Count(log.String(), rare); n < 1 || n > 50 {
			t.Errorf("%q is there %d times in a megabyte, want a few", rare, n)
		}
	}
}

func TestBundleIsWhole(t *testing.T) {
	dir := t.TempDir()
	log, file := filepath.Join(dir, "log"), filepath.Join(dir, "b.zip")
	if err := writeLogFile(log, 300_000); err != nil {
		t.Fatal(err)
	}
	if err := (bundleSpec{file: file, sample: sampleBundle, log: log, bytes: 300_000, pieces: 3}).write(); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	if found := b.Match("logs/cbengine/**/CBEngine?.errlog"); len(found) != 3 {
		t.Errorf("logs %q, want 3", found)
	}
	in, err := b.Verify(context.Background())
	if err != nil || !in.OK {
		t.Errorf("integrity %+v, %v", in, err)
	}
	if err := inflateLogs(file); err != nil {
		t.Errorf("the peer: %v", err)
	}
}

// TestChanges: a log as one line, in UTF-16, and one that goes on for ever.
func TestChanges(t *testing.T) {
	log := strings.NewReader("one\r\ntwo\n")
	for _, test := range []struct {
		r    io.Reader
		want string
	}{
		{&endless{log}, "one\r\ntwo\none\r\ntwo\none\r"},
		{oneLine{&endless{log}}, "one  two one  two one "},
		{&wide{r: strings.NewReader("a\nb")}, "\xff\xfea\x00\n\x00b\x00"},
	} {
		log.Reset("one\r\ntwo\n")
		got, err := io.ReadAll(io.LimitReader(test.r, int64(len(test.want))))
		if err != nil || string(got) != test.want {
			t.Errorf("%T: %q, %v, want %q", test.r, got, err, test.want)
		}
	}
}

func TestStates(t *testing.T) {
	tests := []struct {
		row    row
		want   string
		missed bool
	}{
		{row{value: 1, limit: 2}, "met", false},
		{row{value: 2, limit: 2}, "met", false},
		{row{value: 3, limit: 2}, "MISSED", true},
		{row{value: 3, limit: 2, later: true}, "missed, binds later", false},
		{row{value: 1, limit: 2, later: true}, "met", false},
		{row{}, "for information", false},
		{row{problem: "zip is not installed"}, "not measured: zip is not installed", true},
		{row{problem: "x", later: true}, "not measured yet: x", false},
	}
	for _, test := range tests {
		if got := test.row.state(); got != test.want || test.row.missed() != test.missed {
			t.Errorf("%+v: %q, missed %v; want %q, %v", test.row, got, test.row.missed(), test.want, test.missed)
		}
		if missed([]row{{}, test.row}) != test.missed {
			t.Errorf("a table with %+v is missed: %v", test.row, !test.missed)
		}
	}
}

func TestTurns(t *testing.T) {
	var order []string
	fake := func(name string, walls ...int) func(context.Context) (cost, error) {
		return func(context.Context) (cost, error) {
			order = append(order, name)
			wall := time.Duration(walls[0])
			walls = walls[1:]
			return cost{wall: wall, cpu: 100 - wall, resident: int64(wall)}, nil
		}
	}
	spent, err := turns(context.Background(), 3, fake("a", 9, 1, 5), fake("b", 2, 8, 7))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b", "a", "b", "a", "b"}; !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if want := []cost{{wall: 5, cpu: 95, resident: 9}, {wall: 7, cpu: 93, resident: 8}}; !slices.Equal(spent, want) {
		t.Errorf("medians %+v, want %+v", spent, want)
	}
}

// TestMemoryIsWatched: the test itself is the process, which has at least what it
// has just touched.
func TestMemoryIsWatched(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: memory of other processes is read on Linux only")
	}
	const touched = 64 << 20
	block := make([]byte, touched)
	for i := range block {
		block[i] = 1
	}
	stop := watchMemory(os.Getpid(), true)
	sum, largest := stop()
	if largest < touched || sum < largest || sum > 64*touched {
		t.Errorf("sum %d, largest %d, want at least the %d that were touched", sum, largest, touched)
	}
	before, err := cpuSoFar(os.Getpid())
	if err != nil || before <= 0 {
		t.Errorf("CPU so far %v, %v", before, err)
	}
	runtime.KeepAlive(block)
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-nothing"}, {"more"}, {"-only", "("}, {peerArg}} {
		if code := run(args, io.Discard, io.Discard); code != 2 {
			t.Errorf("%q: exit code %d, want 2", args, code)
		}
	}
	var errs strings.Builder
	if code := run([]string{"-bin", t.TempDir()}, io.Discard, &errs); code != 1 || !strings.Contains(errs.String(), "make build") {
		t.Errorf("without programs: exit code %d, %q", code, errs.String())
	}
}
