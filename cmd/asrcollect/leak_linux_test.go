package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundletest/planted"
	"github.com/asrdiag/asrdiag/bundles/bundletest/program"
)

// moments are the phases in which a run is killed, in the order in which they
// come. They are told by what the partial bundle holds.
var moments = []string{"volatile facts", "first logs", "facts", "window", "long logs", "tails", "closing", "rename"}

// garden is a machine with secrets: logs of two kinds, one of which grows, a
// configuration file, and an environment.
type garden struct {
	dir, profile string
	env          []string
	values       []string
}

func newGarden(t *testing.T, seed uint64) *garden {
	t.Helper()
	g, d := &garden{dir: t.TempDir()}, planted.NewDrawer(seed)
	line := func() string {
		s := d.Draw(planted.Kinds()[len(g.values)%len(planted.Kinds())])
		g.values = append(g.values, s.Value)
		text, ok := d.Wrap(planted.Wraps()[len(g.values)%len(planted.Wraps())], s)
		if !ok {
			text = d.Line(s)
		}
		return text + "\n"
	}
	var long bytes.Buffer
	for i := 0; long.Len() < 6<<20; i++ {
		fmt.Fprintf(&long, "2026-03-01 10:00:00 line %d of no interest 10.1.0.9:52110 host-a.corp.example sent %d\n", i, i*7919)
		if i%150 == 0 {
			long.WriteString(line())
		}
	}
	files := map[string][]byte{"long.log": long.Bytes()}
	for _, e := range planted.Encodings() {
		name := "first-" + strings.ReplaceAll(e, " ", "-") + ".log"
		if strings.HasPrefix(e, "gzip") {
			name += ".gz"
		}
		var text strings.Builder
		for range 40 {
			text.WriteString(line())
		}
		files[name] = planted.Encode(e, text.String())
	}
	for i := range growing {
		files[fmt.Sprintf("first-%d.log", i)] = []byte(line())
	}
	proxy := d.Draw("environment")
	g.values = append(g.values, proxy.Value)
	files["proxy.conf"] = []byte("proxy = http://svc:" + proxy.Value + "@10.0.0.1:8080\npassword = " + proxy.Value + "\n")
	for i := range 20 {
		v := d.Draw("environment").Value
		g.values = append(g.values, v)
		g.env = append(g.env, fmt.Sprintf("APP%d_PASSWORD=%s", i, v))
	}
	g.env = append(g.env, "https_proxy=http://svc:"+proxy.Value+"@10.0.0.1:8080")
	files["p.json"] = []byte(`{"name":"x","version":"1","title":"t","processes":{"watch":["asrcollect"],"why":"w"},"connections":{"processes":["*"],"why":"w"},"time":{},
		"config":[{"name":"c","paths":["` + g.dir + `/proxy.conf"],"keys":["proxy","password"],"why":"w"}],
		"logs":[{"id":"first","globs":["` + g.dir + `/first*"],"when":"first","why":"w"},{"id":"last","globs":["` + g.dir + `/long.log"],"why":"w"}]}`)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(g.dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.profile = g.dir + "/p.json"
	return g
}

// mapPrefix begins the name of the folder with the map.
const mapPrefix = "DO-NOT-SEND-"

// growing is how many logs gain a line while a run goes on.
const growing = 60

// grow adds a line with a secret to logs that are read first: their tails.
func (g *garden) grow(t *testing.T) {
	t.Helper()
	for i := range growing {
		f, err := os.OpenFile(fmt.Sprintf("%s/first-%d.log", g.dir, i), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString("2026-03-01 10:01:00 again password=" + g.values[0] + "\n")
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// doomed is a run that is to be killed. All that it may write to is below root, a
// volume of its own.
type doomed struct {
	g    *garden
	cmd  *exec.Cmd
	pid  int // of the program itself
	root string
	said bytes.Buffer

	entry   string // that is being written
	last    string // with the size
	changed time.Time
}

// slowly makes strace hold up the calls at the end of a run, which otherwise is
// over in microseconds.
const slowly = "fsync,rename,renameat,renameat2"

func (g *garden) start(t *testing.T, root, phase string, args ...string) *doomed {
	t.Helper()
	return g.startTo(t, root, phase, false, args...)
}

// startTo starts a run. A piped one writes its bundle to stdout, from where it goes
// to the file that it would be in.
func (g *garden) startTo(t *testing.T, root, phase string, piped bool, args ...string) *doomed {
	t.Helper()
	for _, dir := range []string{root + "/out", root + "/tmp"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r := &doomed{g: g, root: root}
	to := root + "/out"
	if piped {
		to = "-"
	}
	args = append([]string{binary(t), "-d", "300ms", "--interval", "100ms", "-o", to, "-p", g.profile, "--min-free", "0", "--log-age", "0", "--no-probes", "--yes"}, args...)
	strace, err := exec.LookPath("strace")
	slow := err == nil && slices.Index(moments, phase) >= slices.Index(moments, "closing")
	if slow {
		args = append([]string{strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + slowly, "-e", "inject=" + slowly + ":delay_enter=50000"}, args...)
	}
	r.cmd = exec.Command(args[0], args[1:]...)
	r.cmd.Env = append(append(os.Environ(), g.env...), "TMPDIR="+root+"/tmp", "HOME="+root)
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = root, &r.said, &r.said
	if piped {
		f, err := os.Create(root + "/out/piped.zip.partial")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r.cmd.Stdout = f
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for r.pid = r.cmd.Process.Pid; slow; time.Sleep(time.Millisecond) {
		if pid := childOf(r.pid); pid != 0 {
			r.pid = pid
			break
		}
	}
	return r
}

// childOf is the program that strace has started; 0: not yet.
func childOf(pid int) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, field := range strings.Fields(string(raw)) {
		child, err := strconv.Atoi(field)
		exe, lerr := os.Readlink("/proc/" + field + "/exe")
		if err == nil && lerr == nil && filepath.Base(exe) != "strace" {
			return child
		}
	}
	return 0
}

// phase is what the run is doing, by what it has left so far; "over" when the
// bundle is whole.
func (r *doomed) phase() string {
	list, err := os.ReadDir(r.root + "/out")
	if err != nil {
		return ""
	}
	partial, whole := "", false
	for _, e := range list {
		switch {
		case strings.HasSuffix(e.Name(), ".partial"):
			partial = filepath.Join(r.root, "out", e.Name())
		case strings.HasSuffix(e.Name(), ".zip"):
			whole = true
		}
	}
	switch {
	case partial == "" && whole:
		return "over"
	case whole:
		return "rename"
	case partial == "":
		return ""
	}
	name, size := lastEntry(partial, r.entry)
	r.entry = name
	if now := name + strconv.Itoa(size); now != r.last {
		r.last, r.changed = now, time.Now()
	}
	p := momentOf(name)
	if p == "facts" && time.Since(r.changed) > 60*time.Millisecond {
		return "window" // nothing is written until it ends
	}
	return p
}

// lastEntry is the last header of a zip that is being written, and the size of
// the file; former is what it was before, for an entry that is long.
func lastEntry(path, former string) (name string, size int) {
	f, err := os.Open(path)
	if err != nil {
		return former, 0
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return former, 0
	}
	size = int(fi.Size())
	data := make([]byte, min(size, 96<<10))
	if _, err := f.ReadAt(data, int64(size-len(data))); err != nil {
		return former, size
	}
	for at := len(data); ; {
		if at = bytes.LastIndex(data[:at], []byte("PK\x03\x04")); at < 0 {
			return former, size
		}
		if at+30 > len(data) {
			continue
		}
		if n := int(data[at+26]) | int(data[at+27])<<8; n < 400 && at+30+n <= len(data) && strings.Contains(string(data[at+30:at+30+n]), ".") {
			return string(data[at+30 : at+30+n]), size
		}
	}
}

// momentOf is the phase in which an entry of a bundle is written.
func momentOf(path string) string {
	switch p := phaseOf(path); {
	case path == bundles.LogPath, path == bundles.ManifestPath:
		return "closing"
	case strings.HasSuffix(path, bundles.TailSuffix):
		return "tails"
	case p == "start facts", path == bundles.HeaderPath, path == "":
		return "volatile facts"
	case p == "first logs", p == "facts":
		return p
	case p == "window", p == "end facts":
		return "window"
	case p == "last logs":
		return "long logs"
	}
	return path
}

// until lets the run go on in slices until it is in a phase, and a little into
// it. It reports where it stopped it.
func (r *doomed) until(t *testing.T, phase string, rng *rand.Rand) string {
	t.Helper()
	want, grown := slices.Index(moments, phase), false
	into := time.Duration(0)
	for {
		_ = syscall.Kill(r.pid, syscall.SIGSTOP)
		r.stopped()
		now := r.phase()
		if now == "over" || r.gone() {
			return "over"
		}
		at := slices.Index(moments, now)
		if !grown && at >= slices.Index(moments, "facts") {
			grown = true
			r.g.grow(t)
		}
		if at > want || at == want && into <= 0 {
			return now
		}
		slice := time.Duration(1+rng.IntN(4)) * time.Millisecond
		if at >= slices.Index(moments, "long logs") && at < want && want < slices.Index(moments, "closing") { // what comes now takes microseconds
			slice = time.Duration(5+rng.IntN(60)) * time.Microsecond
		}
		if at == want {
			into -= slice
		}
		_ = syscall.Kill(r.pid, syscall.SIGCONT)
		for begin := time.Now(); time.Since(begin) < slice; { // sleeping takes longer
		}
	}
}

// gone reports whether the run has ended by itself.
func (r *doomed) gone() bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.pid))
	_, state, ok := strings.Cut(string(raw), ") ")
	return err != nil || ok && state[0] == 'Z'
}

// search looks through all that a run has left and said. The map is searched for
// what must not be in it either.
func (r *doomed) search(t *testing.T, search, ofMap *planted.Search) []planted.Left {
	t.Helper()
	found, _, err := search.Tree(r.root, mapPrefix)
	maps, _, merr := ofMap.Tree(r.root)
	if err = errors.Join(err, merr); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(found, maps, search.File("what it said", r.said.Bytes()))
}

// stopped waits until all threads of the run stand still.
func (r *doomed) stopped() {
	for range 2000 {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", r.pid))
		if err != nil || len(tasks) == 0 {
			return
		}
		if !slices.ContainsFunc(tasks, func(name string) bool {
			raw, err := os.ReadFile(name)
			_, state, ok := strings.Cut(string(raw), ") ")
			return err == nil && ok && !strings.ContainsAny(state[:1], "TtZX")
		}) {
			return
		}
		time.Sleep(20 * time.Microsecond)
	}
}

// open reads what the run holds open for writing, files without a name included,
// and tells those that are not on its volume.
func (r *doomed) open(search, ofMap *planted.Search) (left []planted.Left, elsewhere []string) {
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", r.pid))
	for _, fd := range fds {
		fi, err := os.Stat(fd)
		to, lerr := os.Readlink(fd)
		if err != nil || lerr != nil || !fi.Mode().IsRegular() || !writable(fd) {
			continue
		}
		if !strings.HasPrefix(to, r.root+"/") && !strings.HasPrefix(to, "/memfd:") && !strings.HasPrefix(to, "anon_inode:") && filepath.Base(filepath.Dir(to)) != "lock" {
			elsewhere = append(elsewhere, to)
		}
		by := search
		if strings.Contains(to, "/"+mapPrefix) {
			by = ofMap
		}
		if data, err := os.ReadFile(fd); err == nil {
			left = append(left, by.File("open: "+to, data)...)
		}
	}
	return left, elsewhere
}

// writable reports whether a process has opened a file so that it may write.
func writable(fd string) bool {
	raw, _ := os.ReadFile(strings.Replace(fd, "/fd/", "/fdinfo/", 1))
	_, flags, ok := strings.Cut(string(raw), "flags:")
	if !ok {
		return false
	}
	n, err := strconv.ParseInt(strings.Fields(flags)[0], 8, 64)
	return err == nil && n&syscall.O_ACCMODE != syscall.O_RDONLY
}

// TestKillLeavesNoSecret kills runs in all phases. The volume that takes all they
// write, what they held open, and what they said is searched for the secrets that
// were planted where they read. In strict mode the machine's own name and an
// address are secrets, too, but in the map.
func TestKillLeavesNoSecret(t *testing.T) {
	if leastHits > 0 {
		program.Path(t, "strace") // without it the last phases are hit by luck
	}
	g := newGarden(t, 20263)
	secrets, strict := planted.NewSearch(g.values), newStrict(t, g)
	rng := rand.New(rand.NewPCG(2026, 11))
	hit, killed := map[string]int{}, 0
	elsewhere := newElsewhere(t)
	for tries := 0; killed < secretKills && tries < 4*secretKills; tries++ {
		phase := moments[killed%len(moments)]
		if i := slices.IndexFunc(moments, func(m string) bool { return hit[m] < leastHits }); killed >= secretKills-len(moments) && i >= 0 {
			phase = moments[i]
		}
		root, args, search := smallVolume(t, "64m"), []string{}, secrets
		inStrict := (tries+tries/len(moments))%2 == 1
		if inStrict {
			args, search = []string{"--privacy", "strict"}, strict
		}
		r := g.start(t, root, phase, args...)
		now := r.until(t, phase, rng)
		left, others := r.open(search, secrets)
		_ = syscall.Kill(r.pid, syscall.SIGKILL)
		_ = r.cmd.Wait() // by force
		if len(others) > 0 {
			t.Errorf("killed in %s: it writes elsewhere: %q", now, others)
		}
		found, files, err := search.Tree(root)
		if inStrict { // the map has names, and no secrets
			found, files, err = search.Tree(root, mapPrefix)
			maps, _, merr := secrets.Tree(root)
			found, err = append(found, maps...), errors.Join(err, merr)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range slices.Concat(left, found, search.File("what it said", r.said.Bytes())) {
			t.Errorf("killed in %s: %s: %q, %s", now, l.Where, l.Secret, l.How)
		}
		if now == "over" {
			continue // too late: it counts for nothing
		}
		if files == 0 && now != "volatile facts" {
			t.Errorf("killed in %s: nothing was left to search", now)
		}
		hit[now]++
		killed++
	}
	elsewhere.check(t)
	var table strings.Builder
	for _, m := range moments {
		fmt.Fprintf(&table, "\n%-16s %3d", m, hit[m])
		if hit[m] < leastHits {
			t.Errorf("%s was hit %d times, want %d", m, hit[m], leastHits)
		}
	}
	t.Logf("%d kills, %d secrets planted, half of the runs in strict mode; kills by phase:%s", killed, len(g.values), &table)
}

// newStrict searches for the name of this machine and an address as well.
func newStrict(t *testing.T, g *garden) *planted.Search {
	t.Helper()
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	search := planted.NewSearch(g.values)
	search.Whole("10.1.0.9:52110", "host-a.corp.example", name) // less than 8 characters are not looked for: they are met by chance
	return search
}

// places that programs write to besides those that they are told.
type elsewhere map[string]fs.FileInfo

func newElsewhere(t *testing.T) elsewhere {
	t.Helper()
	e := elsewhere{}
	e.look(t, func(path string, fi fs.FileInfo) { e[path] = fi })
	return e
}

func (e elsewhere) look(t *testing.T, note func(string, fs.FileInfo)) {
	t.Helper()
	for _, dir := range []string{"/tmp", "/var/tmp", "/dev/shm", "/var/crash", "/var/lib/systemd/coredump"} {
		list, err := os.ReadDir(dir)
		if err != nil {
			continue // it is not there
		}
		for _, entry := range list {
			if fi, err := entry.Info(); err == nil && strings.Contains(entry.Name(), "asr") {
				note(filepath.Join(dir, entry.Name()), fi)
			}
		}
	}
}

// check fails for what is new.
func (e elsewhere) check(t *testing.T) {
	t.Helper()
	e.look(t, func(path string, fi fs.FileInfo) {
		if _, ok := e[path]; !ok && fi.Mode().IsRegular() {
			t.Errorf("left elsewhere: %s", path)
		}
	})
}
