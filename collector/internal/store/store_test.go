package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
)

func newStore(t *testing.T, w io.Writer, lim Limits) (*Store, *zipwriter.Writer) {
	t.Helper()
	z, err := zipwriter.NewWriter(w, bundles.Header{ID: "t", Created: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return New(z, redact.New(redact.Options{}), lim), z
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
	if err := k.Lines(bundles.EventsPath, []byte(`{"parameters":{"ProxyPassword":"hunter2","x":"token=hunter2abc"}}`+"\n")); err != nil {
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
	if got := b.Manifest.Files[3].Path; got != "logs/x/password=REDACTED-password" && got != "logs/x/password=REDACTED-password/a_b_c.log" {
		t.Errorf("path = %q", got)
	}
	if c := s.Counts(); c["userinfo"] != 1 || c["password"] == 0 || c["token"] != 2 {
		t.Errorf("counts = %v", c)
	}
}

func TestLimits(t *testing.T) {
	free := int64(6 << 20)
	s, _ := newStore(t, io.Discard, Limits{MinFree: 4 << 20, Free: func() (int64, error) { return free, nil }})
	if got, why := s.Left(); got != 2<<20-int64(keptByLogs) || !errors.Is(why, ErrNoSpace) {
		t.Errorf("Left = %d, %v, want 1.5 MiB", got, why)
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

// noise is text that does not pack.
func noise(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	raw := make([]byte, n)
	for i := range raw {
		if raw[i] = byte('!' + rng.IntN(94)); i%100 == 99 {
			raw[i] = '\n'
		}
	}
	return raw
}

// TestFactsKeepTheLimit offers facts to a bundle of one mebibyte until no more
// are taken: one that packs well still is, and the log and the manifest fit.
func TestFactsKeepTheLimit(t *testing.T) {
	const limit = 1 << 20
	var out bytes.Buffer
	s, z := newStore(t, &out, Limits{MaxSize: limit})
	k := s.Sink()
	if err := k.Fact("large", string(noise(limit))); !errors.Is(err, ErrFull) {
		t.Fatalf("a fact that is too large: %v", err)
	}
	if err := k.Fact("packs", strings.Repeat("the same ", limit)); err != nil {
		t.Fatalf("a fact that packs: %v", err)
	}
	taken := 0
	for err := error(nil); err == nil; taken++ {
		err = k.Fact(fmt.Sprint("n", taken), noise(20_000))
	}
	if taken < 20 {
		t.Errorf("%d facts of 20 kB are all that a bundle of 1 MiB takes", taken)
	}
	if err := k.Text("collect.log", noise(limit)); err != nil {
		t.Fatal(err)
	}
	if err := z.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > limit {
		t.Errorf("the bundle has %d bytes, at most %d", out.Len(), limit)
	}
	files := z.Files()
	if last := files[len(files)-1]; last.Path != "collect.log" || !last.Truncated || last.Size < 10_000 {
		t.Errorf("the log is %+v, want its newest lines", last)
	}
}

// TestManyFiles fills a bundle with tiny files, whose rows need more room than
// they do themselves.
func TestManyFiles(t *testing.T) {
	const limit = 1 << 20
	var out bytes.Buffer
	s, z := newStore(t, &out, Limits{MaxSize: limit})
	n := 0
	for ; ; n++ {
		if left, _ := s.Left(); left <= 0 {
			break
		}
		path := fmt.Sprintf("logs/x/%x/%x.log", rand.Uint64(), rand.Uint64())
		e, err := s.Sink().Create(bundles.File{Path: path, SourcePath: "/" + path}, redact.StreamOptions{}, 0, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(noise(100)); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Finish(bundles.Manifest{}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > limit || n < 300 {
		t.Errorf("%d files, %d bytes, at most %d", n, out.Len(), limit)
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
