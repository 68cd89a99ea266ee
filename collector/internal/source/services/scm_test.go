package services

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/asrdiag/asrdiag/bundles"
)

// fakeDatabase has services that answer as they are told to.
type fakeDatabase map[string]fakeService

type fakeService struct {
	openErr, statusErr, configErr, delayedErr, triggersErr error
	st                                                     scmStatus
	conf                                                   scmConfig
	late                                                   bool
	starts                                                 int
}

func (d fakeDatabase) list() ([]string, error) {
	var out []string
	for name := range d {
		out = append(out, name)
	}
	return out, nil
}

func (d fakeDatabase) open(name string) (scmService, error) {
	s, ok := d[name]
	if !ok {
		return nil, errNotInstalled
	}
	return s, s.openErr
}

func (s fakeService) status() (scmStatus, error) { return s.st, s.statusErr }
func (s fakeService) config() (scmConfig, error) { return s.conf, s.configErr }
func (s fakeService) delayed() (bool, error)     { return s.late, s.delayedErr }
func (s fakeService) triggers() (int, error)     { return s.starts, s.triggersErr }
func (s fakeService) close()                     {}

func TestReadService(t *testing.T) {
	refused := fmt.Errorf("query: %w", fs.ErrPermission)
	auto := scmConfig{"Anzeigename für Übertragung", "LocalSystem", `"C:\x\cxps.exe" -k`, 2}
	there := true
	code := func(n int64) *int64 { return &n }
	began := time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	m := machine{func(string) *bool { return &there }, func(pid uint32) *time.Time {
		if pid != 2104 {
			return nil
		}
		return &began
	}}
	for name, c := range map[string]struct {
		in   fakeService
		want bundles.Service
	}{
		"in a process with others": {
			fakeService{st: scmStatus{state: scmRunning, pid: 2104}, conf: scmConfig{start: 3}},
			bundles.Service{State: "running", PID: 2104, StartType: "manual", ImageExists: &there},
		},
		"starting: the process is older than the state": {
			fakeService{st: scmStatus{state: scmStopPending, pid: 2104, alone: true}, conf: scmConfig{start: 3}},
			bundles.Service{State: "stop_pending", PID: 2104, StartType: "manual", ImageExists: &there, Raw: map[string]string{"check_point": "0", "wait_hint_ms": "0"}},
		},
		"a process that is gone": {
			fakeService{st: scmStatus{state: scmRunning, pid: 5, alone: true}, conf: scmConfig{start: 3}},
			bundles.Service{State: "running", PID: 5, StartType: "manual", ImageExists: &there},
		},
		"running": {
			fakeService{st: scmStatus{state: scmRunning, pid: 2104, alone: true}, conf: auto, starts: 2},
			bundles.Service{State: "running", PID: 2104, Since: &began, DisplayName: "Anzeigename für Übertragung", Account: "LocalSystem", Path: `"C:\x\cxps.exe" -k`, StartType: "automatic", Triggers: 2, ImageExists: &there},
		},
		"delayed, ended by an error of its own": {
			fakeService{st: scmStatus{state: scmStopped, exitCode: 1066, specificCode: 5}, conf: auto, late: true},
			bundles.Service{
				State: "stopped", ExitCode: code(1066), DisplayName: auto.display, Account: auto.account, Path: auto.path, StartType: "automatic_delayed", ImageExists: &there,
				Raw: map[string]string{"service_specific_exit_code": "5"},
			},
		},
		"manual": {
			fakeService{st: scmStatus{state: scmStopped}, conf: scmConfig{start: 3}, late: true},
			bundles.Service{State: "stopped", ExitCode: code(0), StartType: "manual", ImageExists: &there},
		},
		"starting for long": {
			fakeService{st: scmStatus{state: scmStartPending, pid: 7, checkPoint: 3, waitHintMS: 30000}, conf: scmConfig{start: 4}},
			bundles.Service{State: "start_pending", PID: 7, StartType: "disabled", ImageExists: &there, Raw: map[string]string{"check_point": "3", "wait_hint_ms": "30000"}},
		},
		"going on": {
			fakeService{st: scmStatus{state: scmContinuePending}, conf: scmConfig{start: 9}},
			bundles.Service{State: "start_pending", StartType: "unknown", ImageExists: &there, Raw: map[string]string{"state": "continue_pending", "check_point": "0", "wait_hint_ms": "0"}},
		},
		"no right to open":          {fakeService{openErr: refused}, bundles.Service{Error: "denied: query: permission denied"}},
		"deleted while it was read": {fakeService{statusErr: errors.New("marked for deletion")}, bundles.Service{Error: "marked for deletion"}},
		"no right to its configuration": {
			fakeService{st: scmStatus{state: scmRunning, pid: 9}, configErr: refused},
			bundles.Service{State: "running", PID: 9, Raw: map[string]string{"configuration": "denied: query: permission denied"}},
		},
		"details that cannot be told": {
			fakeService{st: scmStatus{state: scmPaused}, conf: scmConfig{start: 2}, delayedErr: errors.New("bad level"), triggersErr: refused},
			bundles.Service{State: "paused", StartType: "automatic", ImageExists: &there, Raw: map[string]string{"delayed_start": "bad level", "triggers": "denied: query: permission denied"}},
		},
	} {
		c.want.Name = name
		got := readService(fakeDatabase{name: c.in}, name, m)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	want := bundles.Service{Name: "gone", State: "not_installed"}
	if diff := cmp.Diff(want, readService(fakeDatabase{}, "gone", m)); diff != "" {
		t.Error("deleted after it was listed: ", diff)
	}
}

// TestFolders finds services by their programs.
func TestFolders(t *testing.T) {
	at := func(path string) fakeService { return fakeService{conf: scmConfig{path: path}} }
	db := fakeDatabase{
		"rcmproxyagent": at(`"C:\Program Files\Proxy Agent\RcmProxyAgent.exe" -s`), "renamed": at(`c:\program files\proxy agent\sub\new.exe /x`), "beside": at(`"C:\Program Files\Proxy Agent Two\a.exe"`),
		"other": at(`C:\Windows\svchost.exe -k x`), "refused": {openErr: fs.ErrPermission}, "half": {configErr: fs.ErrPermission},
	}
	program := func(line string) []string { return imagePaths(line, `C:\Windows`) }
	got, err := scmNames(db, Options{Names: []string{"RcmProxyAgent"}, Folders: []string{`C:\Program Files\Proxy Agent`, `D:\None\`}}, program)
	if diff := cmp.Diff([]string{"RcmProxyAgent", "renamed"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := scmNames(forbidden{}, Options{Folders: []string{`C:\x`}}, program); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a list that is refused: %v", err)
	}
}

// TestDeletedWhileListed: a service that is deleted behind the list is a row that
// says so, and costs the others nothing.
func TestDeletedWhileListed(t *testing.T) {
	db := deleting{fakeDatabase{"A": {st: scmStatus{state: scmRunning}}, "B": {st: scmStatus{state: scmRunning}}, "C": {statusErr: errors.New("marked for deletion")}}}
	names, err := scmNames(db, Options{Names: []string{"*"}}, nil)
	if diff := cmp.Diff([]string{"A", "B", "C"}, names); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	m := machine{func(string) *bool { return nil }, func(uint32) *time.Time { return nil }}
	var got []string
	for _, n := range names {
		s := readService(db, n, m)
		got = append(got, s.Name+" "+s.State+s.Error)
	}
	if diff := cmp.Diff([]string{"A running", "B not_installed", "C marked for deletion"}, got); diff != "" {
		t.Error(diff)
	}
}

// deleting is a database that deletes B as soon as A is opened.
type deleting struct{ fakeDatabase }

func (d deleting) open(name string) (scmService, error) {
	if name == "A" {
		delete(d.fakeDatabase, "B")
	}
	return d.fakeDatabase.open(name)
}

func TestLacking(t *testing.T) {
	whole := bundles.Service{Name: "A", State: "running"}
	refused := bundles.Service{Name: "B", Error: "denied: access is denied"}
	hidden := bundles.Service{Name: "C", State: "running", Raw: map[string]string{"configuration": "denied: access is denied"}}
	for name, c := range map[string]struct {
		list   []bundles.Service
		want   string
		denied bool
	}{
		"nothing":                  {[]bundles.Service{whole, {Name: "X", State: "not_installed"}}, "", false},
		"one, and a configuration": {[]bundles.Service{whole, refused, hidden}, "B: denied: access is denied; C: configuration: denied: access is denied", false},
		"all":                      {[]bundles.Service{refused, refused}, "no service may be read: B: denied: access is denied: permission denied", true},
		"no services":              {nil, "", false},
	} {
		err := Lacking(c.list)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != c.want || errors.Is(err, fs.ErrPermission) != c.denied {
			t.Errorf("%s: %q", name, text)
		}
	}
	many := make([]bundles.Service, mostLacking+5)
	for i := range many {
		many[i] = hidden
	}
	if text := Lacking(many).Error(); strings.Count(text, ";") != mostLacking || !strings.HasSuffix(text, "; and more") {
		t.Errorf("many: %q", text)
	}
}

// forbidden is a database that may not be listed.
type forbidden struct{ fakeDatabase }

func (forbidden) list() ([]string, error) { return nil, fs.ErrPermission }

func TestNames(t *testing.T) {
	db := fakeDatabase{"W3SVC": {}, "cxprocessserver": {}, "obengine": {}}
	for _, c := range []struct {
		names, want []string
	}{
		{[]string{"w3svc", "*", "Absent", "absent"}, []string{"Absent", "cxprocessserver", "obengine", "w3svc"}},
		{[]string{"b", "A"}, []string{"A", "b"}},
		{nil, nil},
	} {
		got, err := scmNames(db, Options{Names: c.names}, nil)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", c.names, err, diff)
		}
	}
	if _, err := scmNames(forbidden{}, Options{Names: []string{"a", "*"}}, nil); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a list that is refused: %v", err)
	}
}

func TestWords(t *testing.T) {
	for n, want := range []string{"unknown", "stopped", "start_pending", "stop_pending", "running", "start_pending", "paused", "paused", "unknown"} {
		if got := stateOf(uint32(n)); got != want {
			t.Errorf("state %d is %s, want %s", n, got, want)
		}
	}
	for n, want := range []string{"boot", "system", "automatic", "manual", "disabled", "unknown"} {
		if got := startOf(uint32(n)); got != want {
			t.Errorf("start type %d is %s, want %s", n, got, want)
		}
	}
}

func TestStartTriggers(t *testing.T) {
	const base = 0x7ff0_0000
	buf := make([]byte, 24+3*32)
	binary.LittleEndian.PutUint32(buf, 3)
	binary.LittleEndian.PutUint64(buf[8:], base+24)
	for i, action := range []uint32{1, 2, 1} { // start, stop, start
		binary.LittleEndian.PutUint32(buf[24+32*i+4:], action)
	}
	if got := startTriggers(buf, base); got != 2 {
		t.Errorf("%d start triggers, want 2", got)
	}
	for n := range len(buf) {
		if got := startTriggers(buf[:n], base); got > max(0, n-24)/32 {
			t.Fatalf("%d triggers of %d bytes", got, n)
		}
	}
	binary.LittleEndian.PutUint64(buf[8:], 5)
	if got := startTriggers(buf, base); got != 0 {
		t.Errorf("%d triggers outside of the buffer", got)
	}
	if got := startTriggers(make([]byte, 24), base); got != 0 {
		t.Errorf("%d triggers of a service without", got)
	}
}

func FuzzStartTriggers(f *testing.F) {
	f.Add(make([]byte, 64), uint64(0))
	f.Fuzz(func(t *testing.T, buf []byte, base uint64) {
		if n := startTriggers(buf, base); n > len(buf)/32 {
			t.Errorf("%d triggers of %d bytes", n, len(buf))
		}
	})
}
