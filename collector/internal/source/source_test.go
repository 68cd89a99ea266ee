package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/runlog"
	"github.com/asrdiag/asrdiag/collector/internal/store"
)

func runner(t *testing.T) (*Runner, *zipwriter.Writer, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	w, err := zipwriter.NewWriter(&out, bundles.Header{ID: "t", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return &Runner{Store: store.New(w, redact.New(redact.Options{}), store.Limits{}), Log: runlog.New(io.Discard)}, w, &out
}

func TestStatus(t *testing.T) {
	r, _, _ := runner(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, bundles.StatusOK},
		{errors.New("x"), bundles.StatusFailed},
		{fmt.Errorf("open: %w", fs.ErrPermission), bundles.StatusDenied},
		{Partial(fs.ErrPermission), bundles.StatusPartial},
		{Skipped("no bus"), bundles.StatusSkipped},
		{context.DeadlineExceeded, bundles.StatusTimeout},
		{errors.New("password=hunter2"), bundles.StatusFailed},
	} {
		got := r.Run(context.Background(), Source{Name: "s", Timeout: time.Second, Collect: func(context.Context, *store.Sink) error { return c.err }})
		if got.Status != c.want || got.TimeoutMS != 1000 || (c.err == nil) != (got.Error == "") || strings.Contains(got.Error, "hunter2") {
			t.Errorf("%v gives %+v, want %s", c.err, got, c.want)
		}
	}
	if Partial(nil) != nil {
		t.Error("Partial(nil) is an error")
	}
}

func TestPanic(t *testing.T) {
	r, _, _ := runner(t)
	got := r.Run(context.Background(), Source{Name: "s", Timeout: time.Second, Collect: func(context.Context, *store.Sink) error { panic("oops") }})
	if got.Status != bundles.StatusFailed || got.Error != "panic: oops" {
		t.Errorf("a panic gives %+v", got)
	}
}

// TestHang gives up a source at its deadline. What it wrote until then stays,
// marked as cut off; what it writes afterwards does not reach the bundle.
func TestHang(t *testing.T) {
	r, w, out := runner(t)
	free, late := make(chan struct{}), make(chan error, 3)
	begin := time.Now()
	got := r.Run(context.Background(), Source{Name: "logs/x", Timeout: 300 * time.Millisecond, Collect: func(_ context.Context, k *store.Sink) error {
		e, err := k.Create(bundles.File{Path: "logs/x/a.log", SourcePath: "/a.log"}, redact.StreamOptions{}, 100, true)
		if err != nil {
			return err
		}
		if _, err := e.Write([]byte("whole line\nhalf a li")); err != nil {
			return err
		}
		<-free // deaf to its context
		_, err = e.Write([]byte("ne, too late\n"))
		late <- err
		late <- k.Fact("late", 1)
		late <- e.Close(nil)
		return nil
	}})
	if took := time.Since(begin); took > 5*time.Second || got.Status != bundles.StatusTimeout {
		t.Fatalf("after %v: %+v", took, got)
	}
	next := r.Run(context.Background(), Source{Name: "next", Timeout: time.Second, Collect: func(_ context.Context, k *store.Sink) error { return k.Fact("next", 1) }})
	if next.Status != bundles.StatusOK {
		t.Errorf("the source after one that hangs: %+v", next)
	}
	close(free)
	for range 3 {
		if err := <-late; !errors.Is(err, store.ErrRevoked) {
			t.Errorf("a source that was given up writes: %v", err)
		}
	}
	if err := w.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	rd, err := bundlezip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(rd)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := bundles.ReadLimited(rd, "logs/x/a.log", 100)
	if f, _ := b.File("logs/x/a.log"); err != nil || string(raw) != "whole line\n" || !f.Truncated || fmt.Sprint(f.Ranges) != "[[100 111]]" {
		t.Errorf("what was read before: %q, %v, %+v", raw, err, f)
	}
	if in, err := b.Verify(context.Background()); err != nil || !in.OK || b.Has("facts/late.json") {
		t.Errorf("the bundle does not verify: %v, %+v", err, in)
	}
}

// TestSoftDeadline lets a source that heeds its context write what it has.
func TestSoftDeadline(t *testing.T) {
	r, w, _ := runner(t)
	got := r.Run(context.Background(), Source{Name: "s", Timeout: 500 * time.Millisecond, Collect: func(ctx context.Context, k *store.Sink) error {
		<-ctx.Done()
		return errors.Join(k.Fact("s", 1), Partial(ctx.Err()))
	}})
	if got.Status != bundles.StatusPartial || len(w.Files()) != 1 {
		t.Errorf("%+v, %d files", got, len(w.Files()))
	}
}

func TestMerge(t *testing.T) {
	row := func(name, status, text string, chosen bool) Result {
		return Result{Source: bundles.Source{Name: name, Status: status, Error: text, DurationMS: 5, TimeoutMS: 9}, Chosen: chosen}
	}
	got := Merge([]Result{row("a", "ok", "", false), row("b", "failed", "x", false), row("a", "timeout", "late", false), row("b", "ok", "", false), row("c", "skipped", "no bus", false), row("c", "skipped", "no bus", false)})
	want := []string{"a partial late 10", "b partial x 10", "c skipped no bus 10"}
	for i, r := range got {
		if s := fmt.Sprint(r.Name, " ", r.Status, " ", r.Error, " ", r.DurationMS); s != want[i] {
			t.Errorf("row %d = %q, want %q", i, s, want[i])
		}
	}
}

// TestInWords holds that a row is one line in a customer's words.
func TestInWords(t *testing.T) {
	err := errors.Join(fmt.Errorf("a: %w", context.DeadlineExceeded), fmt.Errorf("b: %w", context.Canceled))
	if got, want := inWords(err.Error()), "a: no answer in time; b: ended early"; got != want {
		t.Errorf("in words: %q, want %q", got, want)
	}
}
