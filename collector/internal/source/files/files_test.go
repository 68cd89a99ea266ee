package files

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file, link, broken := filepath.Join(dir, "f"), filepath.Join(dir, "l"), filepath.Join(dir, "b")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{link: file, broken: dir + "/none"} {
		if err := os.Symlink(target, name); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	known := func(p string) (string, error) {
		switch p {
		case "${x:y}":
			return "", nil
		case "${x:z}":
			return "", errors.New("x: permission denied")
		}
		return p, nil
	}
	f, err := Read(context.Background(), []bundles.FileInfo{{Name: "named", Error: "denied"}}, []profiles.File{
		{Name: "file", Path: file},
		{Name: "dir", Path: dir},
		{Name: "link", Path: link},
		{Name: "broken", Path: broken},
		{Name: "none", Path: dir + "/none"},
		{Name: "unknown", Path: "${x:y}"},
		{Name: "below", Path: file + "/x"},
		{Name: "unseen", Path: "${x:z}"},
	}, known)
	if err == nil {
		t.Error("a path below a file gives no error")
	}
	if f.Items[0].Name != "named" || !strings.Contains(err.Error(), "named: denied") {
		t.Errorf("the named path = %+v, %v", f.Items[0], err)
	}
	got := f.Items[1:]
	if !got[0].Exists || got[0].Size != 5 || got[0].MTime == nil || got[0].Dir {
		t.Errorf("file = %+v", got[0])
	}
	if !got[1].Exists || !got[1].Dir || got[1].Size != 0 {
		t.Errorf("folder = %+v", got[1])
	}
	if !got[2].Exists || got[2].LinkTarget != file || got[2].Size != 5 {
		t.Errorf("link = %+v", got[2])
	}
	if got[3].Exists || got[3].LinkTarget != dir+"/none" || got[4].Exists || got[5].Exists || got[5].Error != "" {
		t.Errorf("what is not there = %+v", got[3:6])
	}
	if got[6].Error == "" || got[6].Exists {
		t.Errorf("below a file = %+v", got[6])
	}
	if got[7].Error != "x: permission denied" || got[7].Exists || !strings.Contains(err.Error(), "unseen: x: permission denied") {
		t.Errorf("what nobody knows = %+v, %v", got[7], err)
	}
}

// TestGlob lists what a glob finds, keys included: nothing is opened.
func TestGlob(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"a.json", "b.pfx", "c.json"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("12345")[:i+1], 0); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(int64(1_700_000_000+i), 0)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	same := func(p string) (string, error) { return p, nil }
	f, err := Read(context.Background(), nil, []profiles.File{{Name: "backup", Glob: dir + "/*", Max: 2}, {Name: "none", Glob: dir + "/*.zip"}}, same)
	if err != nil || len(f.Items) != 3 {
		t.Fatalf("%+v, %v", f.Items, err)
	}
	if a, b := f.Items[0], f.Items[1]; !strings.HasSuffix(a.Path, "c.json") || a.Name != "backup" || a.Size != 3 || a.MTime == nil || !b.Exists || !strings.HasSuffix(b.Path, "b.pfx") {
		t.Errorf("the newest are %+v, %+v", a, b)
	}
	if n := f.Items[2]; n.Exists || n.Name != "none" || n.Error != "" {
		t.Errorf("of none there is %+v", n)
	}
}
