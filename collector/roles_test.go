package collector

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/config"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

func word(s string) *string { return &s }

// madeUp is what was read of a made-up machine.
func madeUp() settings {
	reg := bundles.Registry{Items: []bundles.RegistryKey{
		{Key: `HKLM\SOFTWARE\InMage\9`, Exists: true, Values: []bundles.RegistryValue{{Name: "CX_TYPE", Data: []byte("2")}, {Name: "Bad", Error: "denied"}, {Name: "Blob", Type: "REG_BINARY"}}},
		{Key: `HKLM\SOFTWARE\InMage\5`},
		{Key: `HKLM\SOFTWARE\Denied`, Error: "denied: x"},
	}}
	vars := config.Vars{"amethyst": {"cx_type": "3"}}
	vars.AddRegistry(reg)
	return settings{reg: reg, conf: config.Result{
		Vars: vars,
		Fact: bundles.Config{Items: []bundles.ConfigFile{
			{Name: "amethyst", Exists: true}, {Name: "absent"}, {Name: "unreadable", Exists: true, Error: "denied"}, {Name: "elsewhere"},
		}},
		Unknown: map[string]bool{"elsewhere": true},
	}}
}

func TestHolds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := detector{context.Background(), madeUp(), "unix:path=" + dir + "/nobus"}
	for _, c := range []struct {
		cond    profiles.Condition
		want    bool
		wantNot bool // with not: neither holds for what could not be looked at
		says    string
	}{
		{profiles.Condition{File: dir + "/file"}, true, false, "file " + dir + "/file exists"},
		{profiles.Condition{File: dir + "/none"}, false, true, ""},
		{profiles.Condition{File: dir + "/file/below"}, false, false, ""}, // not a folder: an error, not an answer
		{profiles.Condition{File: "${none:K}/x"}, false, false, ""},
		{profiles.Condition{Config: "amethyst", Key: "CX_TYPE"}, true, false, "amethyst CX_TYPE=3"},
		{profiles.Condition{Config: "amethyst", Key: "CX_TYPE", Equals: word("3")}, true, false, ""},
		{profiles.Condition{Config: "amethyst", Key: "CX_TYPE", Equals: word("2")}, false, true, ""},
		{profiles.Condition{Config: "amethyst", Key: "OTHER"}, false, true, ""},
		{profiles.Condition{Config: "absent", Key: "K"}, false, true, ""},
		{profiles.Condition{Config: "unreadable", Key: "K"}, false, false, ""},
		{profiles.Condition{Config: "elsewhere", Key: "K"}, false, false, ""},
		{profiles.Condition{Registry: `HKLM\software\inmage\9`}, true, false, `registry HKLM\software\inmage\9 exists`},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\5`}, false, true, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\5`, Value: "V"}, false, true, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "cx_type", Equals: word("2")}, true, false, `cx_type=2`},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "CX_TYPE", Equals: word("3")}, false, true, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "Blob"}, true, false, "Blob is there"},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "Blob", Equals: word("x")}, false, false, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "Bad"}, false, false, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "None"}, false, true, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\Denied`}, false, false, ""},
		{profiles.Condition{Registry: `HKLM\SOFTWARE\NotRead`}, false, false, ""},
		{profiles.Condition{Service: "svc"}, false, false, ""}, // there is no bus
	} {
		if c.cond.Service != "" && runtime.GOOS != "linux" {
			continue
		}
		said, got := d.holds(c.cond)
		not := c.cond
		not.Not = true
		saidNot, gotNot := d.holds(not)
		if got != c.want || gotNot != c.wantNot || !strings.Contains(said, c.says) || !strings.HasPrefix(saidNot, "not: ") {
			t.Errorf("%+v: %q, %v; turned round %v, want %v and %v", c.cond, said, got, gotNot, c.want, c.wantNot)
		}
	}
}

func TestDetect(t *testing.T) {
	reg := func(want string) profiles.Condition {
		return profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`, Value: "CX_TYPE", Equals: word(want)}
	}
	conf := func(want string) profiles.Condition {
		return profiles.Condition{Config: "amethyst", Key: "CX_TYPE", Equals: word(want)}
	}
	wide := profiles.Condition{Registry: `HKLM\SOFTWARE\InMage\9`}
	p := &profiles.Profile{Roles: []profiles.Role{
		{Role: "process-server", Deployment: "configuration-server-only", All: []profiles.Condition{wide, reg("1")}},
		{Role: "process-server", Deployment: "standalone", All: []profiles.Condition{wide, reg("2")}},
		{Role: "process-server", Deployment: "configuration-server", All: []profiles.Condition{wide, conf("3")}},
		{Role: "process-server", All: []profiles.Condition{wide}}, // wider: no contradiction
	}}
	r, ok := detector{context.Background(), madeUp(), ""}.detect(p)
	if !ok || r.Deployment != "standalone" || len(r.Evidence) != 3 || r.Evidence[1] != `registry HKLM\SOFTWARE\InMage\9 CX_TYPE=2` {
		t.Errorf("detect = %+v, %v", r, ok)
	}
	if want := `disagrees, process-server configuration-server: registry HKLM\SOFTWARE\InMage\9 exists, amethyst CX_TYPE=3`; r.Evidence[2] != want {
		t.Errorf("the disagreement is %q, want %q", r.Evidence[2], want)
	}
	if r, ok := (detector{context.Background(), settings{}, ""}).detect(p); ok || r.Role != bundles.RoleUnknown {
		t.Errorf("of a machine that was not looked at: %+v", r)
	}
}

// TestPreviewReads reads no more settings than references need.
func TestPreviewReads(t *testing.T) {
	dir := t.TempDir()
	for name, body := range map[string]string{"a.conf": "DIR=" + dir + "\n", "b.conf": "K=v\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc := `{"name":"p","version":"1","processes":{},"connections":{},"time":{},
"config":[{"name":"a","paths":["` + filepath.ToSlash(dir) + `/a.conf"],"keys":["DIR"],"why":"w"},{"name":"b","paths":["` + filepath.ToSlash(dir) + `/b.conf"],"keys":["K"],"why":"w"}],
"files":[{"name":"f","path":"${a:DIR}/b.conf","why":"w"}]}`
	if err := os.WriteFile(dir+"/p.json", []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := ShowRun(context.Background(), Options{Profile: dir + "/p.json", Duration: 1e9, Interval: 1e9})
	if err != nil || len(p.Read) != 1 || filepath.Base(p.Read[0]) != "a.conf" {
		t.Errorf("read were %v, %v", p.Read, err)
	}
	for _, item := range p.Items {
		if item.Name == "f" && (item.Size == nil || *item.Size != 4) {
			t.Errorf("the file is %+v", item)
		}
	}
}

// TestOldest: how old logs may be is the run's, unless the profile says that
// their age does not count.
func TestOldest(t *testing.T) {
	begin := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		age  time.Duration
		log  profiles.Log
		want time.Time
	}{
		{72 * time.Hour, profiles.Log{}, begin.Add(-72 * time.Hour)},
		{72 * time.Hour, profiles.Log{Age: profiles.AgeAny}, time.Time{}},
		{0, profiles.Log{}, time.Time{}},
	} {
		if got := (Options{LogAge: c.age}).oldest(c.log, begin); !got.Equal(c.want) {
			t.Errorf("%v, %q: %v, want %v", c.age, c.log.Age, got, c.want)
		}
	}
}
