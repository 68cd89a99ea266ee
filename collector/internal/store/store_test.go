package store

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

func newStore(t *testing.T, w io.Writer, lim Limits) (*Store, *bundlezip.Writer) {
	t.Helper()
	z, err := bundlezip.NewWriter(w, bundles.Header{ID: "t", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return New(z, redact.New(), lim), z
}

func TestRedactsEverything(t *testing.T) {
	var out bytes.Buffer
	s, z := newStore(t, &out, Limits{})
	k := s.Sink()
	if err := k.Fact("x", map[string]string{"url": "https://u:hunter2@h/"}); err != nil {
		t.Fatal(err)
	}
	if err := k.Text("collect.log", []byte(`{"msg":"password=hunter2"}`+"\n")); err != nil {
		t.Fatal(err)
	}
	e, err := k.Create(bundles.File{Path: "logs/x/password=hunter2/a:b\\c.log", SourcePath: "/password=hunter2/a"}, redact.StreamOptions{}, 0, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write([]byte("token=hunter2abc\n")); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(nil); err != nil {
		t.Fatal(err)
	}
	if err := z.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	r, err := bundlezip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range b.Paths() {
		raw, err := bundles.ReadLimited(r, p, 1<<20)
		if err != nil || strings.Contains(p+string(raw), "hunter2") {
			t.Errorf("%s: %v: %s", p, err, raw)
		}
	}
	if got := b.Manifest.Files[2].Path; got != "logs/x/password=REDACTED-password" && got != "logs/x/password=REDACTED-password/a_b_c.log" {
		t.Errorf("path = %q", got)
	}
	if c := s.Counts(); c["userinfo"] != 1 || c["password"] == 0 || c["token"] != 1 {
		t.Errorf("counts = %v", c)
	}
}

func TestLimits(t *testing.T) {
	free := int64(5 << 20)
	s, _ := newStore(t, io.Discard, Limits{MinFree: 4 << 20, Free: func() (int64, error) { return free, nil }})
	if got, why := s.Left(); got != 1<<20 || !errors.Is(why, ErrNoSpace) {
		t.Errorf("Left = %d, %v, want 1 MiB", got, why)
	}
	e, err := s.Sink().Create(bundles.File{Path: "a"}, redact.StreamOptions{}, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Write(make([]byte, checkEvery)); err != nil {
		t.Errorf("with enough free: %v", err)
	}
	free = 3 << 20
	if _, err := e.Write(make([]byte, checkEvery)); !errors.Is(err, ErrNoSpace) {
		t.Errorf("with too little free: %v", err)
	}
	if s.Err() != nil {
		t.Errorf("a limit is no error of the archive: %v", s.Err())
	}
}

type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestBrokenArchive(t *testing.T) {
	s, _ := newStore(t, &broken{left: 200}, Limits{})
	k := s.Sink()
	var err error
	for _, kind := range []string{"a", "b", "c"} {
		err = errors.Join(err, k.Fact(kind, "text"))
	}
	if err == nil || s.Err() == nil || !strings.Contains(s.Err().Error(), "disk full") {
		t.Errorf("a full disk gives %v, store %v", err, s.Err())
	}
}
