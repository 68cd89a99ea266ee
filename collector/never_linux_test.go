package collector

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNeverRead collects with a profile that asks for everything below a folder.
// What holds keys or credentials is named, and its content nowhere; preview says
// so before.
func TestNeverRead(t *testing.T) {
	dir := t.TempDir()
	const planted = "a-planted-secret"
	for name, text := range map[string]string{
		"CredStore/Credentials.json": `{"Note":"` + planted + `"}`, "transport/private/server.log": planted, "backup/agent.pfx": planted, "logs/agent.log": "a line\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	profile := filepath.Join(dir, "p.json")
	doc := fmt.Sprintf(`{"name":"p","version":"1","processes":{},"connections":{},"time":{},
"files":[{"name":"all","glob":"%[1]s/**/*","why":"w"},{"name":"credentials","path":"%[1]s/CredStore/Credentials.json","why":"w"}],
"logs":[{"id":"all","globs":["%[1]s/**/*.json","%[1]s/**/*.log","%[1]s/**/agent.*"],"why":"w"}]}`, dir)
	if err := os.WriteFile(profile, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	opt := Options{Profile: profile, Out: dir, Duration: time.Second, Interval: time.Second, Bus: "unix:path=/nonesuch", Lock: "asrdiag-test-never", test: testOptions{agreed: true}}
	show, err := ShowRun(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range show.Items {
		if item.Kind != PreviewLogs {
			continue
		}
		if notes := strings.Join(item.Notes, "\n"); len(item.List) != 2 || strings.Count(notes, "never read: ") != 3 {
			t.Errorf("preview lists %+v and says\n%s", item.List, notes)
		}
	}
	sum, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	told := contentsWithout(t, sum.Path, planted)
	for _, name := range []string{"CredStore/Credentials.json", "transport/private/server.log", "backup/agent.pfx"} {
		if !strings.Contains(told, "never read: "+filepath.Join(dir, name)) || !strings.Contains(told, name+`","exists":true`) {
			t.Errorf("the bundle does not tell that there is %s", name)
		}
	}
}

// TestNeverReadBehindLinks reaches files that are never read by names that do not
// say so: a folder and a file that are links, and a path with two slashes.
func TestNeverReadBehindLinks(t *testing.T) {
	dir := t.TempDir()
	const planted = "a-planted-secret"
	for name, text := range map[string]string{"a/.aws/credentials": "region=" + planted + "\n", "a/transport/private/server.log": planted + "\n", "logs/agent.log": "a line\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"logs/agent.conf": "../a/.aws/credentials", "logs/more": "../a/transport/private"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	profile := filepath.Join(dir, "p.json")
	doc := fmt.Sprintf(`{"name":"p","version":"1","processes":{},"connections":{},"time":{},
"config":[{"name":"link","paths":["%[1]s/logs/agent.conf"],"keys":["region"],"why":"w"}],
"logs":[{"id":"all","globs":["%[1]s/logs/*.log","%[1]s/logs/more/*.log","%[1]s/logs/more/server.log"],"why":"w"}]}`, dir)
	if err := os.WriteFile(profile, []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	sum, err := Run(context.Background(), Options{Profile: profile, Out: dir, Duration: time.Second, Interval: time.Second, Bus: "unix:path=/nonesuch", Lock: "asrdiag-test-never-links", test: testOptions{agreed: true}})
	if err != nil {
		t.Fatal(err)
	}
	told := contentsWithout(t, sum.Path, planted)
	for _, want := range []string{"never read: " + dir + "/logs/more/server.log", dir + `/logs/agent.conf\" holds keys or credentials and is never read`} {
		if !strings.Contains(told, want) {
			t.Errorf("the bundle does not say %s", want)
		}
	}
}

// contentsWithout gives the text of a whole bundle, which must not hold a word.
func contentsWithout(t *testing.T, path, word string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), word) {
			t.Errorf("%s holds %q", f.Name, word)
		}
		all.Write(raw)
	}
	return all.String()
}
