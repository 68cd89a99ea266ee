package analyzer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestInputs(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	raw, err := os.ReadFile(zipOf(t, sick))
	if err != nil {
		t.Fatal(err)
	}
	in := NewInputs(bytes.NewReader(raw))
	path, err := in.Path(context.Background(), Stdin)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || filepath.Base(path) != "stdin" || info.Size() != int64(len(raw)) {
		t.Fatalf("%q: %v", path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	b, integrity, err := Open(context.Background(), path, OpenOptions{})
	if err != nil || !integrity.OK || integrity.File != "stdin" {
		t.Fatalf("%+v, %v", integrity, err)
	}
	b.Close()
	if _, err := in.Path(context.Background(), Stdin); codeOf(err) != CodeUsage {
		t.Errorf("twice: %v", err)
	}
	if text := in.Restore("open \"" + path + "\": no"); text != `open "-": no` {
		t.Errorf("restored: %s", text)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(filepath.Join(os.TempDir(), "*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("cable pulled") }

func TestInputsFail(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name, tc := range map[string]struct {
		stdin      io.Reader
		code, want string
	}{
		"empty":     {strings.NewReader(""), CodeNotArchive, "standard input is empty"},
		"too large": {strings.NewReader("0123456789A"), CodeLimit, "more than 10 bytes"},
		"broken":    {brokenReader{}, CodeNoFile, "cable pulled"},
	} {
		in := &Inputs{stdin: tc.stdin, limit: 10}
		_, err := in.Path(context.Background(), Stdin)
		if codeOf(err) != tc.code || !strings.Contains(err.Error(), tc.want) || err.(*Error).Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		in.Close()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	silent, end := io.Pipe()
	defer end.Close()
	in := NewInputs(silent)
	defer in.Close()
	if _, err := in.Path(ctx, Stdin); codeOf(err) != CodeCanceled {
		t.Errorf("canceled: %v", err)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	in = NewInputs(strings.NewReader("x"))
	if _, err := in.Path(context.Background(), Stdin); codeOf(err) != CodeInternal || !strings.Contains(err.(*Error).Hint, "TMPDIR") {
		t.Errorf("no place: %v", err)
	}
}

// TestInputsNames: files and folders are opened where they are.
func TestInputsNames(t *testing.T) {
	dir := t.TempDir()
	in := NewInputs(nil)
	for _, name := range []string{dir, filepath.Join(dir, "none"), zipOf(t, sick)} {
		if path, err := in.Path(context.Background(), name); err != nil || path != name {
			t.Errorf("%q: %q, %v", name, path, err)
		}
	}
}
