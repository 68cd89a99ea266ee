package archive

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestNoRoom tells a fault of this machine from one of the archive.
func TestNoRoom(t *testing.T) {
	dir := t.TempDir()
	name, file := filepath.Join(dir, "sent.tar"), filepath.Join(dir, "file")
	for _, n := range []string{name, file} {
		if err := os.WriteFile(n, makeTar(t, bundle...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(context.Background(), name, Options{Temp: filepath.Join(file, "temp")}); !errors.Is(err, ErrSpool) {
		t.Errorf("with a file for a temporary folder: %v, want %v", err, ErrSpool)
	}
	made := filepath.Join(dir, "made")
	a, err := Open(context.Background(), name, Options{Temp: made})
	if err != nil {
		t.Fatalf("with a temporary folder that is not there yet: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// TestSpoolIsGone loses the spool's file while an archive is unpacked.
func TestSpoolIsGone(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	raw := makeTar(t, bundle...)
	f, err := identify(raw, "sent.tar", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	u := &unpacker{format: f, meter: meter{caps: defaultCaps(), packed: int64(len(raw))}, to: repacker{f: out}}
	if err := u.unpack(context.Background(), bytes.NewReader(raw)); !errors.Is(err, ErrSpool) || len(u.problems) > 0 {
		t.Errorf("unpack = %v with problems %v, want %v and none", err, u.problems, ErrSpool)
	}
}

// TestSpoolIsPrivate: nobody else may read what a customer sent.
func TestSpoolIsPrivate(t *testing.T) {
	temp := t.TempDir()
	d := newDoor(temp, defaultCaps())
	defer d.Close()
	f, err := d.spool.create(1)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{f.Name(), filepath.Dir(f.Name())} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := d.spool.create(1 << 62); !errors.Is(err, ErrSpool) {
		t.Errorf("a file of 4 EiB: %v, want %v", err, ErrSpool)
	}
}
