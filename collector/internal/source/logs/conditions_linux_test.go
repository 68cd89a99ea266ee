package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/zipform"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

// redacted is what a text becomes in a bundle.
func redacted(t *testing.T, text []byte, o redact.StreamOptions) string {
	t.Helper()
	var out bytes.Buffer
	w := redact.New(redact.Options{}).NewWriter(&out, o)
	_, err := w.Write(text)
	ok(t, err)
	ok(t, w.Close())
	return out.String()
}

// TestRanges has random files, caps and appends: what is stored is what its
// range of the source gives, and the number of its first line is true.
func TestRanges(t *testing.T) {
	for seed := range uint64(150) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		dir := t.TempDir()
		r := newTwice(t, dir+"/*.log")
		r.opt.MaxFile, r.opt.MaxTotal = int64(5000+rnd.IntN(60_000)), int64(20_000+rnd.IntN(200_000))
		whole := map[string][]byte{}
		for i := range 1 + rnd.IntN(6) {
			name := fmt.Sprintf("%d.log", i)
			whole[name] = randomLog(rnd, rnd.IntN(80_000))
			put(t, dir, name, whole[name], time.Duration(rnd.IntN(1000))*time.Minute)
		}
		_ = r.first() // partial when a cap was met
		for name := range whole {
			if rnd.IntN(2) == 0 {
				more := randomLog(rnd, rnd.IntN(30_000))
				add(t, filepath.Join(dir, name), string(more))
				whole[name] = append(whole[name], more...)
			}
		}
		_ = r.tails()
		files, texts := r.stored(dir)
		for name, f := range files {
			src, isTail := strings.CutSuffix(name, bundles.TailSuffix)
			checkRange(t, seed, whole[src], f, texts[name], isTail)
		}
	}
}

// randomLog has lines of all lengths, ends of both kinds, and secrets.
func randomLog(rnd *rand.Rand, n int) []byte {
	var b bytes.Buffer
	for b.Len() < n {
		switch rnd.IntN(12) {
		case 0:
			b.WriteString("user=x password=hunter2 rest\r\n")
		case 1:
			b.WriteString(strings.Repeat("long ", rnd.IntN(8000)) + "\n")
		case 2:
			b.WriteString("\n")
		default:
			fmt.Fprintf(&b, "2026-03-05 10:00:00 line %x\n", rnd.Uint64())
		}
	}
	if rnd.IntN(2) == 0 {
		b.WriteString("not finis")
	}
	return b.Bytes()
}

func checkRange(t *testing.T, seed uint64, whole []byte, f bundles.File, text string, isTail bool) {
	t.Helper()
	from, to := int64(0), *f.OriginalSize
	if len(f.Ranges) > 0 {
		from, to = f.Ranges[0][0], f.Ranges[0][1]
	}
	if from < 0 || to > int64(len(whole)) || from > to {
		t.Fatalf("seed %d: %s has the range %d-%d of %d bytes", seed, f.Path, from, to, len(whole))
	}
	// the long lines of the test hold no secret, so that where a line was cut
	// does not matter to the redactor
	if want := redacted(t, whole[from:to], redact.StreamOptions{}); text != want {
		t.Fatalf("seed %d: %s: %d bytes are stored, the range %d-%d gives %d", seed, f.Path, len(text), from, to, len(want))
	}
	if n := int64(bytes.Count(whole[:from], []byte("\n")) + 1); f.FirstLine != 0 && f.FirstLine != n {
		t.Fatalf("seed %d: %s: first line %d, want %d", seed, f.Path, f.FirstLine, n)
	}
	if from == 0 && f.FirstLine != 1 {
		t.Fatalf("seed %d: %s: the first line of the whole is not numbered", seed, f.Path)
	}
	if from > 0 && whole[from-1] != '\n' {
		t.Fatalf("seed %d: %s begins inside of a line", seed, f.Path)
	}
	if !isTail && !f.Truncated && bytes.Contains(whole[to:*f.OriginalSize], []byte("\n")) {
		t.Fatalf("seed %d: %s lacks lines and is not called truncated", seed, f.Path)
	}
}

// TestWriters has writers at work while logs are read: appending, emptying,
// renaming and removing.
func TestWriters(t *testing.T) {
	for _, c := range []struct {
		name   string
		append bool // what is there never changes
		do     func(t *testing.T, f *os.File, i int)
	}{
		{"grows", true, func(t *testing.T, f *os.File, i int) {
			_, err := fmt.Fprintf(f, "2026-03-05 10:00:00 line %d of the writer password=hunter2\n", i)
			ok(t, err)
		}},
		{"emptied", false, func(t *testing.T, f *os.File, i int) {
			if i%50 == 0 {
				ok(t, f.Truncate(0))
			}
			_, err := fmt.Fprintf(f, "2026-03-05 10:00:00 line %d of the writer\n", i)
			ok(t, err)
		}},
		{"renamed", true, func(t *testing.T, f *os.File, i int) {
			ok(t, os.Rename(f.Name(), f.Name()+".1"))
			ok(t, os.Rename(f.Name()+".1", f.Name()))
			_, err := fmt.Fprintf(f, "2026-03-05 10:00:00 line %d of the writer\n", i)
			ok(t, err)
		}},
		{"removed", false, func(t *testing.T, f *os.File, i int) {
			_ = os.Remove(f.Name()) // may be gone
			ok(t, os.WriteFile(f.Name(), []byte(lines(i%200)), 0o600))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			log := put(t, dir, "a.log", []byte(lines(50_000)), 0)
			stop, stopped := make(chan struct{}), make(chan struct{})
			var writes, allowed atomic.Int64
			go func() {
				defer close(stopped)
				f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					return
				}
				defer f.Close()
				for i := 1; ; i++ {
					select {
					case <-stop:
						return
					default:
						if writes.Load() >= allowed.Load() {
							runtime.Gosched() // until the next reading
							continue
						}
						c.do(t, f, i)
						writes.Add(1)
					}
				}
			}()
			defer func() { close(stop); <-stopped }()
			for range 10 {
				for was := writes.Load(); writes.Load() == was; allowed.Store(was + 3000) {
					runtime.Gosched() // until the writer is at work
				}
				r := newTwice(t, dir+"/a.log*")
				_ = r.first() // may be partial: gone, shorter
				_ = r.tails()
				files, texts := r.stored(dir)
				if c.append {
					whole, err := os.ReadFile(log)
					for errors.Is(err, fs.ErrNotExist) { // has another name just now
						whole, err = os.ReadFile(log)
					}
					ok(t, err)
					for name, f := range files {
						checkRange(t, 0, whole, f, texts[name], true)
					}
				}
			}
		})
	}
}

// TestJoinedWhileWriting holds the two parts of a log against its bytes while
// it is written to all the time.
func TestJoinedWhileWriting(t *testing.T) {
	dir := t.TempDir()
	log := put(t, dir, "a.log", nil, 0)
	w := exec.Command("/bin/sh", "-c", `i=0; while :; do echo "2026-03-05 10:00:00 line $i"; printf 'in two '; echo parts; i=$((i+1)); done >>"$0"`, log)
	ok(t, w.Start())
	defer func() { _ = w.Process.Kill(); _ = w.Wait() }()
	r := newTwice(t, log)
	for size := int64(0); size < 200_000; {
		fi, err := os.Stat(log)
		ok(t, err)
		if size == 0 && fi.Size() > 50_000 {
			ok(t, r.first())
			size = 1
		} else if size > 0 {
			size = fi.Size()
		}
	}
	ok(t, r.tails())
	files, texts := r.stored(dir)
	got, a, b := texts["a.log"]+texts["a.log.tail"], files["a.log"], files["a.log.tail"]
	raw, err := os.ReadFile(log)
	ok(t, err)
	end := *a.OriginalSize
	if len(a.Ranges) > 0 {
		end = a.Ranges[0][1]
	}
	if !bytes.HasPrefix(raw, []byte(got)) || b.Ranges[0][0] != end || b.Ranges[0][1] != int64(len(got)) || b.FirstLine != int64(strings.Count(texts["a.log"], "\n")+1) || !strings.HasSuffix(texts["a.log"], "\n") {
		t.Errorf("%d and %d bytes, ranges %v %v, first line %d", len(texts["a.log"]), len(texts["a.log.tail"]), a.Ranges, b.Ranges, b.FirstLine)
	}
}

// TestOddNames has names with all that a name can have: each file is stored
// under a clean name of its own with its own content.
func TestOddNames(t *testing.T) {
	dir := t.TempDir()
	odd := []string{
		"new\nline.log", "esc\x1b[31m.log", `quo"te'.log`, `back\slash.log`, "back_slash.log", "co:lon.log", "co_lon.log", "..dots..", " spaces ", "bad\xff\xfeutf8.log", "bad\xffutf8",
		strings.Repeat("l", 255), strings.Repeat("ü", 127), "Case.log", "case.log", "CASE.LOG", "a.log.tail", "a.log", "a.log.tail_", "A.LOG.TAIL", "b.gz", "c.partial", "x~2", "x", "X",
		"\u202egol.exe", "tab\there", "*star?.log", "$(reboot)", "-rf", "con", "\u0085next",
	}
	for _, name := range odd {
		put(t, dir, name, []byte("content of "+strconv.Quote(name)+"\n"), 0)
	}
	put(t, dir, "x:/f", []byte("below\n"), 0) // becomes a folder where a file may be
	put(t, dir, "x_", []byte("file\n"), 0)
	files, texts, err := named(t, Options{Globs: []string{dir + "/*", dir + "/*/*"}})
	ok(t, err)
	if len(files) != len(odd)+2 {
		t.Errorf("%d files are stored, want %d: %q", len(files), len(odd)+2, texts)
	}
	have, lower := map[string]bool{}, map[string]bool{}
	for path, f := range files {
		have[texts[path]] = true
		if low := strings.ToLower(path); lower[low] {
			t.Errorf("%q differs from another by case only", path)
		} else {
			lower[low] = true
		}
		if clean, err := zipform.CleanName(path); err != nil || clean != path || strings.HasSuffix(strings.ToLower(path), ".tail") {
			t.Errorf("name %q: %v", path, err)
		}
		if !utf8.ValidString(f.SourcePath) {
			t.Errorf("source path %q", f.SourcePath)
		}
	}
	for _, name := range odd {
		if !have["content of "+strconv.Quote(name)+"\n"] {
			t.Errorf("%q is lost", name)
		}
	}
}

// named copies logs and gives rows and texts by their whole path.
func named(t *testing.T, opt Options) (map[string]bundles.File, map[string]string, error) {
	t.Helper()
	r := newTwice(t, opt.Globs...)
	opt.ID, opt.Log = r.opt.ID, r.opt.Log
	err := Collect(context.Background(), r.st.Sink(), opt)
	files, texts := r.stored("\x00")
	return files, texts, err
}

// TestDeepFolders has a path that is longer and deeper than names may be.
func TestDeepFolders(t *testing.T) {
	dir := t.TempDir()
	deep := dir + strings.Repeat("/"+strings.Repeat("d", 40), 80)
	ok(t, os.MkdirAll(deep, 0o700))
	put(t, deep, "a.log", []byte("deep\n"), 0)
	put(t, deep, "b.log", []byte("deeper\n"), 0)
	files, _, err := named(t, Options{Globs: []string{deep + "/*.log"}})
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for path := range files {
		if !strings.HasPrefix(path, "logs/x/_/d") {
			t.Errorf("path %q", path)
		}
	}
}

// TestEverythingIsTold has whatever can match a glob: it is in the bundle, or
// the row names it.
func TestEverythingIsTold(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "real.log", []byte("x\n"), 0)
	ok(t, os.Link(dir+"/real.log", dir+"/hard.log"))
	ok(t, os.Symlink("real.log", dir+"/soft.log"))
	ok(t, os.Symlink("nowhere", dir+"/dangling.log"))
	ok(t, os.Symlink("loop2.log", dir+"/loop1.log"))
	ok(t, os.Symlink("loop1.log", dir+"/loop2.log"))
	ok(t, os.Symlink("/dev/zero", dir+"/zero.log"))
	ok(t, os.Mkdir(dir+"/folder.log", 0o700))
	ok(t, syscall.Mkfifo(dir+"/fifo.log", 0o600))
	l, err := net.Listen("unix", dir+"/socket.log")
	ok(t, err)
	defer l.Close()
	put(t, dir, "binary.log", []byte("\x7fELF\x02\x01\x01"), 0)
	files, _, err := named(t, Options{Globs: []string{dir + "/*.log"}})
	if len(files) != 1 || status(err) != bundles.StatusPartial {
		t.Errorf("files %v, status %v", files, status(err))
	}
	var row bundles.File
	for _, f := range files {
		row = f
	}
	for _, name := range []string{"real.log", "hard.log", "soft.log", "dangling.log", "loop1.log", "loop2.log", "zero.log", "folder.log", "fifo.log", "socket.log", "binary.log"} {
		if !strings.HasSuffix(row.SourcePath, "/"+name) && !strings.Contains(fmt.Sprint(err), "/"+name+": ") {
			t.Errorf("%s is not told: %v", name, err)
		}
	}
}

// TestUnreadable runs as another user.
func TestUnreadable(t *testing.T) {
	if dir := os.Getenv("LOGS_UNREADABLE"); dir != "" {
		files, _, err := run(t, Options{Globs: []string{dir + "/*.log", dir + "/*/*.log"}}, store.Limits{})
		if len(files) != 1 || status(err) != bundles.StatusPartial || !strings.Contains(err.Error(), "secret.log: permission denied") || !strings.Contains(err.Error(), "/closed: permission denied") {
			t.Errorf("%v, %v", files, err)
		}
		files, _, err = run(t, Options{Globs: []string{dir + "/secret.log", dir + "/closed/a.log"}}, store.Limits{})
		if len(files) != 0 || status(err) != bundles.StatusDenied {
			t.Errorf("%v, %v", files, err)
		}
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("skipped: only root can become another user")
	}
	dir, err := os.MkdirTemp("/tmp", "unreadable")
	ok(t, err)
	defer os.RemoveAll(dir)
	ok(t, os.Chmod(dir, 0o755))
	put(t, dir, "open.log", []byte("x\n"), 0)
	put(t, dir, "secret.log", []byte("y\n"), 0)
	put(t, dir, "closed/a.log", []byte("z\n"), 0)
	ok(t, os.Chmod(dir+"/open.log", 0o644))
	exe := filepath.Join(dir, "test")
	self, err := os.ReadFile("/proc/self/exe")
	ok(t, err)
	ok(t, os.WriteFile(exe, self, 0o755))
	cmd := exec.Command(exe, "-test.run", "^TestUnreadable$", "-test.v")
	cmd.Env = append(os.Environ(), "LOGS_UNREADABLE="+dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestUnreadable")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFlippingLink has a link that leads inside and outside in turn.
func TestFlippingLink(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	put(t, dir, "inside.txt", []byte("inside\n"), 0)
	put(t, dir, "real/a.log", []byte("inside\n"), 0)
	put(t, out, "a.log", []byte("OUTSIDE\n"), 0)
	const flips = 10_000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range flips {
			for name, targets := range map[string][2]string{"link.log": {"inside.txt", out + "/a.log"}, "sub": {"real", out}} {
				tmp := filepath.Join(dir, "tmp-"+name)
				_ = os.Symlink(targets[i%2], tmp)
				_ = os.Rename(tmp, filepath.Join(dir, name))
			}
		}
	}()
	reads, inside := 0, 0
	for running := true; running; reads++ {
		select {
		case <-done:
			running = false
		default:
		}
		_, texts, _ := run(t, Options{Globs: []string{dir + "/link.log", dir + "/sub*/a.log", dir + "/*.log"}}, store.Limits{})
		for name, text := range texts {
			if strings.Contains(text, "OUTSIDE") {
				t.Fatalf("%s: a byte from outside was read", name)
			}
			inside++
		}
		for _, rel := range []string{"link.log", "sub/a.log"} {
			if f, err := openLog(dir, rel); err == nil {
				raw, _ := io.ReadAll(f)
				f.Close()
				if bytes.Contains(raw, []byte("OUTSIDE")) {
					t.Fatalf("%s: opened outside", rel)
				}
				inside++
			}
		}
	}
	t.Logf("%d flips, %d readings, %d of them inside", flips, reads, inside)
	if inside == 0 {
		t.Error("the link was never followed inside")
	}
}

// TestQuiet looks at the time of the last reading, which the owner may keep.
func TestQuiet(t *testing.T) {
	dir := t.TempDir()
	path := put(t, dir, "a.log", []byte("x\n"), 0)
	old := time.Now().Add(-48 * time.Hour)
	ok(t, os.Chtimes(path, old, time.Now()))
	_, _, err := run(t, Options{Globs: []string{path}}, store.Limits{})
	ok(t, err)
	fi, err := os.Stat(path)
	ok(t, err)
	if st := fi.Sys().(*syscall.Stat_t); time.Unix(st.Atim.Unix()).Sub(old).Abs() > time.Second {
		t.Errorf("the file was last read at %v by its inode, want %v", time.Unix(st.Atim.Unix()), old)
	}
}

// TestLarge has a sparse file of 10 GiB and a line of 100 MiB.
func TestLarge(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(dir + "/sparse.log")
	ok(t, err)
	_, err = f.WriteString(lines(300))
	ok(t, err)
	_, err = f.WriteAt([]byte("\nthe end password=hunter2\n"), 10<<30)
	ok(t, err)
	ok(t, f.Close())
	begin := time.Now()
	files, texts, err := run(t, Options{Globs: []string{dir + "/sparse.log"}}, store.Limits{})
	got := texts["sparse.log"]
	if err != nil || !strings.HasSuffix(got, "the end password=[REDACTED:password]\n") || len(got) > DefaultMaxFile || files["sparse.log"].FirstLine != 0 {
		t.Errorf("sparse: %v, %d bytes, %.100q", err, len(got), got)
	}
	line := "begin password=hunter2 " + strings.Repeat("0123456789abcde ", 100<<16)
	put(t, dir, "line.log", []byte("first\n"+line), 0)
	files, texts, err = run(t, Options{Globs: []string{dir + "/line.log"}, MaxFile: 1 << 20}, store.Limits{})
	got, row := texts["line.log"], files["line.log"]
	if err != nil || !strings.HasPrefix(got, "begin password=[REDACTED:password] 0123") || len(got) > 1<<20 || len(got) < 1<<19 || !row.Truncated || row.Ranges[0][0] != 6 {
		t.Errorf("line: %v, %d bytes, %.60q, %+v", err, len(got), got, row)
	}
	if end := row.Ranges[0][1]; redacted(t, []byte(line[:end-6]), redact.StreamOptions{}) != got {
		t.Errorf("the range %v does not give the %d bytes stored", row.Ranges, len(got))
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestGzipKinds has what a file named .gz can be.
func TestGzipKinds(t *testing.T) {
	dir := t.TempDir()
	a, b := gz(t, lines(10)), gz(t, lines(20))
	put(t, dir, "two.log.gz", append(bytes.Clone(a), b...), 0)
	put(t, dir, "plain.log.gz", []byte("not packed\n"), 0)
	put(t, dir, "packed.log", a, 0)
	put(t, dir, "garbage.log.gz", append(bytes.Clone(a), "garbage"...), 0)
	broken := bytes.Clone(b)
	broken[len(broken)-5] ^= 0xff
	put(t, dir, "sum.log.gz", broken, 0)
	put(t, dir, "head.log.gz", a[:5], 0)
	put(t, dir, "empty.log.gz", nil, 0)
	put(t, dir, "line.log.gz", gz(t, "password=hunter2 "+strings.Repeat("x", 300_000)), 0)
	files, texts, err := run(t, Options{Globs: []string{dir + "/*"}, MaxFile: 100_000}, store.Limits{})
	if status(err) != bundles.StatusPartial {
		t.Error(err)
	}
	for name, want := range map[string]string{"two.log": lines(10) + lines(20), "plain.log.gz": "not packed\n", "packed.log": lines(10), "garbage.log": lines(10), "sum.log": lines(20), "empty.log.gz": ""} {
		if got, has := texts[name]; !has || got != want {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), has, len(want))
		}
	}
	if files["packed.log"].StoredFrom != "gzip" || files["plain.log.gz"].StoredFrom != "" || files["two.log"].FirstLine != 1 {
		t.Errorf("%+v", files)
	}
	for _, says := range []string{"garbage.log.gz: cut off or damaged", "sum.log.gz: cut off or damaged", "head.log.gz: unpack"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%v lacks %q", err, says)
		}
	}
	if strings.Contains(texts["line.log"], "hunter2") || !files["line.log"].Truncated {
		t.Errorf("line.log.gz: %.60q", texts["line.log"])
	}
}

// TestGzipBomb has a text that is packed a thousand times.
func TestGzipBomb(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(dir + "/bomb.log.gz")
	ok(t, err)
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	ok(t, err)
	block := bytes.Repeat([]byte("2026-03-05 10:00:00 boom\n"), 40_000)
	for range 300 {
		_, err = z.Write(block)
		ok(t, err)
	}
	ok(t, z.Close())
	ok(t, f.Close())
	files, texts, err := run(t, Options{Globs: []string{dir + "/*"}, MaxFile: 1 << 20}, store.Limits{})
	if err != nil || len(texts["bomb.log"]) > 1<<20 || !strings.HasSuffix(texts["bomb.log"], "boom\n") || files["bomb.log"].FirstLine < 300*40_000-50_000 {
		t.Errorf("%v, %d bytes, %+v", err, len(texts["bomb.log"]), files["bomb.log"])
	}
}

// TestShare has one huge log that is newer than the small ones.
func TestShare(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "huge.log", []byte(lines(20_000)), 0)
	for i := range 10 {
		put(t, dir, fmt.Sprintf("small%d.log", i), []byte(lines(200)), time.Hour)
	}
	files, _, err := run(t, Options{Globs: []string{dir + "/*"}, MaxTotal: 500_000}, store.Limits{})
	if err != nil || len(files) != 11 || files["huge.log"].Size < 300_000 {
		t.Errorf("%v, %d files, huge %d", err, len(files), files["huge.log"].Size)
	}
}

// TestHundredThousand has 100,000 files under a glob: the newest are there, in
// little memory.
func TestHundredThousand(t *testing.T) {
	if dir := os.Getenv("LOGS_MANY"); dir != "" {
		r := newTwice(t, dir+"/*.log", dir+"/*")
		said := fmt.Sprint(r.first())
		raw, err := os.ReadFile("/proc/self/status")
		ok(t, err)
		_, rest, _ := strings.Cut(string(raw), "VmHWM:")
		kib, err := strconv.Atoi(strings.Fields(rest)[0])
		ok(t, err)
		t.Logf("%d KiB resident, bundle and test included", kib)
		if kib > 48<<10 {
			t.Errorf("%d KiB resident, at most 48 MiB", kib)
		}
		files, _ := r.stored(dir)
		if len(files) != maxFiles || !strings.Contains(said, "100000 files: only the newest 5000 of them, 95000 are left out") {
			t.Errorf("%d files, %s", len(files), said)
		}
		for path := range files {
			if n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".log")); n < 95_000 {
				t.Fatalf("%s is not one of the newest", path)
			}
		}
		return
	}
	dir := t.TempDir()
	begin := time.Now().Add(-48 * time.Hour)
	for i := range 100_000 {
		path := fmt.Sprintf("%s/%06d.log", dir, i)
		ok(t, os.WriteFile(path, []byte("x\n"), 0o600))
		at := begin.Add(time.Duration(i) * time.Second)
		ok(t, os.Chtimes(path, at, at))
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestHundredThousand$", "-test.v")
	cmd.Env = append(os.Environ(), "LOGS_MANY="+dir, "GOGC=50", "GOMEMLIMIT=40MiB") // as asrcollect sets them
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestHundredThousand")) {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%v\n%s", time.Since(start), out)
}
