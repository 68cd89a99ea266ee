package analyzer

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

// unpack unpacks a zip.
func unpack(t *testing.T, name, dir string) {
	t.Helper()
	r, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.CopyFS(dir, r); err != nil {
		t.Fatal(err)
	}
}

// write writes a file of a test.
func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// zipWith makes a zip of one file.
func zipWith(t *testing.T, name, content string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := zip.NewWriter(&buf)
	w, err := zw.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// cutOff gives a bundle's zip that ends before its last entry, the manifest.
func cutOff(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "cut.zip", raw[:bytes.LastIndex(raw, []byte("PK\x03\x04"))])
}

func TestOpen(t *testing.T) {
	name := zipOf(t, sick)
	folder := filepath.Join(t.TempDir(), "bundle")
	unpack(t, name, folder)
	outer := t.TempDir()
	unpack(t, name, filepath.Join(outer, "inner"))
	tests := map[string]struct {
		path        string
		cut, hashed bool
	}{
		"zip":              {name, false, true},
		"folder":           {folder, false, false},
		"folder in folder": {outer, false, false},
		"cut zip":          {cutOff(t, name), true, true},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			b, in, err := Open(context.Background(), test.path, OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if b.Cut != test.cut || in.OK == test.cut || (in.SHA256 != "") != test.hashed || in.File != filepath.Base(test.path) {
				t.Errorf("cut %v, integrity %+v", b.Cut, in)
			}
			if !b.Has("facts/services.json") {
				t.Error("facts/services.json is missing")
			}
		})
	}
}

func TestOpenFolderFollowsNoLinkOut(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "bundle")
	unpack(t, zipOf(t, sick), folder)
	secret := write(t, "secret", []byte("secret"))
	if err := os.Symlink(secret, filepath.Join(folder, "logs", "link.log")); err != nil {
		t.Skip("no links here:", err)
	}
	b, _, err := Open(context.Background(), folder, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if b.Has("logs/link.log") {
		t.Error("the link is listed as a file")
	}
	if f, err := b.FS.Open("logs/link.log"); err == nil {
		f.Close()
		t.Error("the link leads out of the folder")
	}
}

func TestOpenErrors(t *testing.T) {
	var encrypted bytes.Buffer
	zw := zip.NewWriter(&encrypted)
	if _, err := zw.CreateRaw(&zip.FileHeader{Name: "bundle.json", Flags: 1}); err != nil {
		t.Fatal(err)
	}
	zw.Close()
	tests := map[string]struct{ path, code string }{
		"none":      {filepath.Join(t.TempDir(), "none.zip"), CodeNoFile},
		"text":      {write(t, "x.log", []byte("just a log\n")), CodeNotArchive},
		"empty":     {write(t, "x.zip", nil), CodeNotArchive},
		"noise":     {write(t, "x.zip", []byte("PK\x03\x04 and nothing")), CodeNotArchive},
		"other zip": {write(t, "x.zip", zipWith(t, "readme.txt", "hello")), CodeNotBundle},
		"folder":    {t.TempDir(), CodeNotBundle},
		"newer":     {write(t, "x.zip", zipWith(t, "bundle.json", `{"format":"asr-bundle","version":2,"id":"x"}`)), CodeVersion},
		"encrypted": {write(t, "x.zip", encrypted.Bytes()), CodeEncrypted},
		"age":       {write(t, "x.zip.age", []byte("age-encryption.org/v1\n-> X25519")), CodeEncrypted},
		"device":    {os.DevNull, CodeNotArchive},
	}
	for what, test := range tests {
		b, _, err := Open(context.Background(), test.path, OpenOptions{})
		if err == nil {
			b.Close()
		}
		if codeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", what, err, test.code)
		}
	}
}

func TestBundleVerbs(t *testing.T) {
	name := zipOf(t, sick+"-- logs/app/C/evil.log --\n\x1b[2Jcleared\n")
	tests := map[string]struct {
		job  BundleJob
		want []string // parts of the output
	}{
		"info":     {BundleJob{Verb: "info"}, []string{"host         PS01\n", "role         process-server\n", "180 of 180 samples"}},
		"ls":       {BundleJob{Verb: "ls"}, []string{"  bundle.json\n", "  facts/services.json\n", "  manifest.json\n"}},
		"ls glob":  {BundleJob{Verb: "ls", Args: []string{"LOGS/**/app.log"}}, []string{"         174  2026-03-05T09:15:00Z  logs/app/C/app.log\n"}},
		"cat":      {BundleJob{Verb: "cat", Args: []string{"logs/app/C/evil.log", "logs/app/C/evil.log"}}, []string{"[2Jcleared\n[2Jcleared\n"}},
		"cat raw":  {BundleJob{Verb: "cat", Raw: true, Args: []string{"logs/app/C/evil.log"}}, []string{"\x1b[2Jcleared\n"}},
		"verify":   {BundleJob{Verb: "verify"}, []string{"ok: 6 files are what the manifest says\n"}},
		"in files": {BundleJob{Verb: "info"}, []string{"files        6, "}},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			test.job.Path = name
			var out bytes.Buffer
			if _, err := bundleVerb(context.Background(), test.job, nil, "", nil, &out); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output is\n%s\nwant %q in it", out.String(), want)
				}
			}
			if !test.job.Raw && strings.ContainsRune(out.String(), '\x1b') {
				t.Error("an escape got through")
			}
		})
	}
}

func TestBundleVerbErrors(t *testing.T) {
	name := zipOf(t, sick)
	folder := filepath.Join(t.TempDir(), "bundle")
	unpack(t, name, folder)
	if err := os.Remove(filepath.Join(folder, "facts", "services.json")); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		job  BundleJob
		code string
	}{
		"no file":   {BundleJob{Verb: "cat", Path: name, Args: []string{"none"}}, CodeNoFile},
		"no verb":   {BundleJob{Verb: "eat", Path: name}, CodeUsage},
		"no bundle": {BundleJob{Verb: "ls", Path: name + "x"}, CodeNoFile},
		"damaged":   {BundleJob{Verb: "verify", Path: folder}, CodeDamaged},
	}
	for what, test := range tests {
		var out bytes.Buffer
		if _, err := bundleVerb(context.Background(), test.job, nil, "", nil, &out); codeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", what, err, test.code)
		}
		if what == "damaged" && !strings.Contains(out.String(), bundles.ProblemMissing+"     facts/services.json") {
			t.Errorf("verify says %q, want the missing file", out.String())
		}
	}
}
