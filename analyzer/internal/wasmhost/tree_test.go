package wasmhost

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

func testTree(t *testing.T) *Tree {
	t.Helper()
	tree := NewTree()
	for name, data := range map[string]string{"bundle/b": "bee", "bundle/a/deep/file": "x", "scans/s.jsonl": "", "top": "t"} {
		if err := tree.AddBytes(name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestTreeIsAFileSystem(t *testing.T) {
	if err := fstest.TestFS(testTree(t), "bundle/b", "bundle/a/deep/file", "scans/s.jsonl", "top"); err != nil {
		t.Error(err)
	}
}

func TestTreeRefuses(t *testing.T) {
	tree := testTree(t)
	for _, name := range []string{"", ".", "/abs", "../up", "a//b", "top", "bundle", "top/below", "bundle/b/below", "x/."} {
		if err := tree.AddBytes(name, nil); err == nil {
			t.Errorf("AddBytes(%q) works", name)
		}
	}
	for _, name := range []string{"none", "/top", "bundle/../top", "bundle/", "bundle/b/x"} {
		if _, err := tree.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q) gives %v, want fs.ErrNotExist", name, err)
		}
	}
}

func TestTreeHasNoWriter(t *testing.T) {
	f, err := testTree(t).Open("top")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := f.(io.Writer); ok {
		t.Error("an open file can be written")
	}
	for _, ok := range []bool{implements[io.ReaderAt](f), implements[io.Seeker](f)} {
		if !ok {
			t.Error("an open file is no ReaderAt or no Seeker")
		}
	}
}

func implements[T any](v any) bool { _, ok := v.(T); return ok }

func TestTreeLoadsOnce(t *testing.T) {
	tree, loads := NewTree(), 0
	big := make([]byte, keepBytes/2+1)
	for _, name := range []string{"a", "b"} {
		if err := tree.Add(name, func() ([]byte, error) { loads++; return big, nil }); err != nil {
			t.Fatal(err)
		}
	}
	open := func(name string) fs.File {
		t.Helper()
		f, err := tree.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	a1, a2 := open("a"), open("a")
	a1.Close()
	a2.Close()
	if open("a").Close(); loads != 1 {
		t.Errorf("%d loads of a file that is kept, want 1", loads)
	}
	open("b").Close() // no room beside a
	if open("b").Close(); loads != 3 || tree.kept != int64(len(big)) {
		t.Errorf("%d loads, %d bytes kept, want 3 and one file", loads, tree.kept)
	}
	if err := a1.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closing twice gives %v", err)
	}
	open("b")
	open("b")
	tree.forget()
	if tree.files["b"].open != 0 || tree.kept != int64(len(big)) {
		t.Error("files that a dead instance had open stay open")
	}
}

func TestTreeReportsUnreadable(t *testing.T) {
	tree, loads := NewTree(), 0
	if err := tree.Add("x", func() ([]byte, error) { loads++; return nil, errors.New("checksum error") }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := tree.Open("x"); !errors.Is(err, errUnreadable) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open gives %v, want errUnreadable", err)
		}
	}
	if loads != 1 {
		t.Errorf("%d loads, want 1", loads)
	}
}

func TestTreePutReplaces(t *testing.T) {
	tree := testTree(t)
	for _, want := range []string{"one", "two"} {
		if err := tree.put("run/request.json", []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(tree, "run/request.json"); err != nil || string(got) != want {
			t.Errorf("request = %q, %v, want %q", got, err, want)
		}
	}
	if !slices.Contains(tree.Paths(), "run/request.json") {
		t.Error("the request is not listed")
	}
}

func TestClock(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := clock{start: start}
	if sec, nsec := c.wall(); !time.Unix(sec, int64(nsec)).Equal(start.Add(time.Microsecond)) {
		t.Errorf("wall = %d.%09d, want a step after %v", sec, nsec, start)
	}
	a := c.nanotime()
	if b := c.nanotime(); b != a+clockStep {
		t.Errorf("nanotime went from %d to %d, want a step", a, b)
	}
	c.sleep(int64(time.Hour))
	if sec, _ := c.wall(); sec != start.Add(time.Hour).Unix() {
		t.Errorf("an hour later it is %d", sec)
	}
	c.sleep(-5)
	c.sleep(math.MaxInt64)
	if n := c.nanotime(); n < int64(time.Hour) {
		t.Errorf("nanotime = %d went back", n)
	}
}

func FuzzOutput(f *testing.F) {
	f.Add([]byte("{\"t\":\"finding\",\"check\":\"a\",\"key\":\"k\",\"severity\":\"warning\",\"title\":\"T\"}\n{\"t\":\"status\",\"check\":\"a\",\"outcome\":\"findings\"}\n{\"t\":\"end\",\"findings\":1,\"statuses\":1}\n"))
	f.Add([]byte("\n\r\n{}\n[]\nnull\n\"x\"\n{\"t\":1}\n\xff\n"))
	f.Add([]byte("{\"t\":\"exhibit\",\"check\":\"a\",\"kind\":\"table\",\"rows\":[[\"x\"]]}\n{\"t\":\"status\",\"check\":\"b\",\"outcome\":\"x\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer func() {
			// A stop is a panic that the engine catches.
			if r := recover(); r != nil && len(data) < 1<<10 {
				t.Errorf("panic: %v", r)
			}
		}()
		req := request(t, "a", "b")
		in := newInstance(limitsOf(t), testTime)
		whole, parts := newOutput(in, req.Checks), newOutput(in, req.Checks)
		whole.Write(data)
		for i := range data {
			parts.Write(data[i : i+1])
		}
		for _, o := range []*output{whole, parts} {
			o.settle()
		}
		for id := range whole.checks {
			a := whole.checks[id].answer(death{}, whole.incomplete(), "")
			b := parts.checks[id].answer(death{}, parts.incomplete(), "")
			if a.Outcome != b.Outcome || a.Reason != b.Reason || len(a.Findings) != len(b.Findings) {
				t.Errorf("in one piece %v %q, in bytes %v %q", a.Outcome, a.Reason, b.Outcome, b.Reason)
			}
			if !known(a.Outcome) {
				t.Errorf("outcome %q", a.Outcome)
			}
		}
	})
}
