package collector

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/bustest"
)

// writeProfile writes a profile of the test's own.
func writeProfile(t *testing.T, m *machine, members map[string]any) {
	t.Helper()
	doc := map[string]any{"name": "test", "version": "1", "title": "t", "processes": map[string]any{}, "connections": map[string]any{}, "time": map[string]any{}}
	for k, v := range members {
		doc[k] = v
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	m.profile = filepath.Join(m.dir, "own.json")
	put(t, m.profile, raw)
}

func put(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

type obj = map[string]any

// logOf is a kind of log: all files below a folder of its own.
func logOf(m machine, id, when string) obj {
	l := obj{"id": id, "globs": []string{filepath.Join(m.dir, id, "*.log")}, "why": "w"}
	if when != "" {
		l["when"] = when
	}
	return l
}

// TestOrder holds the order of what is in the bundle: volatile state, logs that
// live for minutes, all other facts, the window, volatile state again, other
// logs, and last what the first logs gained meanwhile.
func TestOrder(t *testing.T) {
	m := newMachine(t)
	put(t, m.dir+"/short/a.log", []byte("one\n"))
	put(t, m.dir+"/long/b.log", []byte("two\n"))
	writeProfile(t, &m, obj{"logs": []obj{logOf(m, "long", ""), logOf(m, "short", "first")}})
	opt := m.options()
	sum, _, err := atPhase(t, phaseWindow, m, opt, func() {
		f, err := os.OpenFile(m.dir+"/short/a.log", os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("three\n"); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	var got []string
	for _, f := range b.Manifest.Files {
		got = append(got, f.Path)
	}
	at := -1
	for _, want := range []string{
		"facts/start/processes.json", "facts/start/connections.json", "facts/config.json", "facts/start/host.json",
		"logs/short" + m.dir + "/short/a.log", "facts/network.json", "facts/time.json", "facts/host.json", "metrics/samples.ndjson",
		"facts/connections.json", "facts/processes.json", "logs/long" + m.dir + "/long/b.log", "logs/short" + m.dir + "/short/a.log.tail", "collect.log",
	} {
		i := slices.Index(got, want)
		if i <= at {
			t.Errorf("%s is number %d, behind number %d\n%s", want, i, at, strings.Join(got, "\n"))
		}
		at = i
	}
	raw, err := bundles.ReadLimited(b.FS, "collect.log", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := strings.Index(string(raw), `"source starts","source":"logs/short"`), strings.Index(string(raw), `"source ends","source":"logs/short"`)
	if begin < 0 || end < begin {
		t.Errorf("collect.log does not name a source before it starts:\n%s", raw)
	}
}

// silent is a server that takes connections and never says a word.
func silent(t *testing.T, network, address string) net.Addr {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.Map
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(c, true)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		conns.Range(func(c, _ any) bool { c.(io.Closer).Close(); return true })
	})
	return l.Addr()
}

// TestEverythingHangs reads from a bus, a time server, a web server and pipes
// that never answer, with timeouts a twentieth of the real ones. The logs that
// live for minutes are read in time all the same, every hang is a row, and the
// bundle is whole.
func TestEverythingHangs(t *testing.T) {
	const faster = 20
	m := newMachine(t)
	bus := silent(t, "unix", m.dir+"/bus")
	web := silent(t, "tcp", "127.0.0.1:0")
	clock, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer clock.Close()
	put(t, m.dir+"/short/a.log", []byte("one\n"))
	for _, pipe := range []string{m.dir + "/conf", m.dir + "/short/pipe.log"} {
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeProfile(t, &m, obj{
		"services": []obj{{"name": "vxagent", "why": "w"}},
		"roles":    []obj{{"role": "source-machine", "all": []obj{{"service": "vxagent"}}, "why": "w"}},
		"config":   []obj{{"name": "c", "paths": []string{m.dir + "/conf"}, "keys": []string{"k"}, "why": "w"}},
		"files":    []obj{{"name": "p", "path": m.dir + "/conf", "why": "w"}},
		"logs":     []obj{logOf(m, "short", "first"), logOf(m, "long", "")},
		"probes":   []obj{{"name": "web", "target": web.String(), "legs": []string{"tls"}, "why": "w"}},
		"time":     obj{"sntp": []string{clock.LocalAddr().String()}, "https": []string{web.String()}, "services": []string{"chronyd"}, "why": "w"},
	})
	opt := m.options()
	opt.Bus, opt.test.faster = "unix:path="+bus.String(), faster
	took := map[string]time.Duration{}
	opt.Progress = func(p Progress) { took[p.Phase] = p.Took }
	begin := time.Now()
	sum, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	if took[phaseFacts] > firstBy/faster || took[phaseWindow] > factsBy/faster || time.Since(begin) > opt.Duration+Overtime/faster {
		t.Errorf("phases begin at %v, the run took %v", took, time.Since(begin))
	}
	if len(b.Match("logs/short/**")) != 1 {
		t.Errorf("the log is not there: %v", b.Match("logs/**"))
	}
	for name, want := range map[string]string{"services": "timeout", "config": "partial", "logs/short": "partial", "metrics": "ok", "processes": "ok"} {
		s := rowOf(t, b, name)
		late := name == metricsSource && strings.Contains(s.Error, "too late") // a busy machine
		if s.Status != want && !late && !(name == "logs/short" && s.Status == "ok") || s.DurationMS > 2*s.TimeoutMS+1000 {
			t.Errorf("%s: %+v, want %s", name, s, want)
		}
	}
	if s := rowOf(t, b, "time"); s.Status == bundles.StatusOK || s.Error == "" {
		t.Errorf("time: %+v", s)
	}
	if sum.Complete {
		t.Error("a bundle that lacks all that is said to be complete")
	}
	t.Logf("phases begin at %v", took)
}

// TestDeadline runs out of time while it reads logs: the bundle is written with
// what there is, and the rows say why.
func TestDeadline(t *testing.T) {
	m := newMachine(t)
	put(t, m.dir+"/small/a.log", []byte("one\n"))
	put(t, m.dir+"/large/b.log", noise(300<<20))
	large := func(id string) obj {
		l := logOf(m, "large", "")
		l["id"], l["max_file"], l["max_total"] = id, "1GiB", "1GiB"
		return l
	}
	writeProfile(t, &m, obj{"logs": []obj{large("x"), logOf(m, "small", ""), large("y")}})
	for _, left := range []time.Duration{1500 * time.Millisecond, 0} {
		opt := m.options()
		opt.MaxSize, opt.test.overtime = 0, 4*time.Second
		end := time.Now().Add(opt.Duration + opt.test.overtime)
		sum, _, err := atPhase(t, phaseLogs, m, opt, func() { time.Sleep(time.Until(end) - left) }) // a machine that is slow
		if err != nil {
			t.Fatal(err)
		}
		if late := time.Since(end); late > 2*time.Second {
			t.Errorf("%v left: the run ended %v after its deadline", left, late)
		}
		b := openBundle(t, sum.Path)
		small, x, y := rowOf(t, b, "logs/small"), rowOf(t, b, "logs/x"), rowOf(t, b, "logs/y")
		if sum.Complete || y.Status != bundles.StatusPartial && y.Status != bundles.StatusTimeout || y.Error == "" {
			t.Errorf("%v left: %+v", left, y)
		}
		if left > 0 && small.Status != bundles.StatusOK {
			t.Errorf("%v left: %+v", left, small)
		}
		if left == 0 && (!strings.Contains(small.Error, "deadline of 4.6s") || x.Status != bundles.StatusTimeout) {
			t.Errorf("%v left: %+v, %+v", left, small, x)
		}
		if err := os.Remove(sum.Path); err != nil {
			t.Fatal(err)
		}
	}
}

// noise is text that does not pack well, in lines.
func noise(n int) []byte {
	raw := make([]byte, n)
	state := uint64(88172645463325252)
	for i := range raw {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		raw[i] = " 0123456789abcdefghijklmnoqrstuvxyzABCDEFGHIJLMNOQRSTUVXYZ:;.,-_+*#"[state%66]
		if i%120 == 119 || i == n-1 {
			raw[i] = '\n'
		}
	}
	return raw
}

// TestServiceChange sees a service that stops and starts within the window, and
// keeps the first reading when the bus is gone at the end.
func TestServiceChange(t *testing.T) {
	for _, gone := range []bool{false, true} {
		addr := bustest.Start(t)
		unit := func(active, sub string) bustest.Unit {
			return bustest.NewUnit("vxagent.service", "Vx agent", "loaded", active, sub)
		}
		running, stopped := unit("active", "running"), unit("inactive", "dead")
		sys := &bustest.Systemd{Units: []bustest.Unit{running}, Files: []bustest.UnitFile{{Path: "/usr/lib/systemd/system/vxagent.service", State: "enabled"}}}
		none := map[string]dbus.Variant{}
		sys.Props = map[string]map[string]map[string]dbus.Variant{string(running.Path): {"org.freedesktop.systemd1.Unit": none, "org.freedesktop.systemd1.Service": none}}
		leave := bustest.Claim(t, addr, sys)
		m := newMachine(t)
		writeProfile(t, &m, obj{"services": []obj{{"name": "vxagent", "why": "w"}}})
		opt := m.options()
		opt.Bus, opt.Duration, opt.Interval, opt.test.services = addr, 2400*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
		sum, _, err := atPhase(t, phaseWindow, m, opt, func() {
			time.AfterFunc(600*time.Millisecond, func() { sys.SetUnits(stopped) })
			time.AfterFunc(1400*time.Millisecond, func() { sys.SetUnits(running) })
			if gone {
				time.AfterFunc(2*time.Second, leave)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		b := openBundle(t, sum.Path)
		f := fact[bundles.Services](t, b, "services")
		var states []string
		for _, r := range f.Items[0].Readings {
			if len(states) == 0 || states[len(states)-1] != r.State {
				states = append(states, r.State)
			}
		}
		if got := strings.Join(states, " "); got != "running stopped running" {
			t.Errorf("gone %v: states %q, want it to stop and to start", gone, got)
		}
		want := bundles.StatusOK
		if gone {
			want = bundles.StatusPartial
		}
		if s := rowOf(t, b, "services"); s.Status != want {
			t.Errorf("gone %v: row %+v, want %s", gone, s, want)
		}
		if !b.Has("facts/start/services.json") {
			t.Error("the first reading is not there")
		}
	}
}

// TestShortConnection sees a connection that lives for a part of the window.
func TestShortConnection(t *testing.T) {
	m := newMachine(t)
	writeProfile(t, &m, obj{"connections": obj{"processes": []string{filepath.Base(os.Args[0])}, "why": "w"}})
	opt := m.options()
	opt.Duration, opt.Interval = 3*time.Second, 200*time.Millisecond
	var local string
	sum, _, err := atPhase(t, phaseWindow, m, opt, func() {
		go func() {
			c, err := net.Dial("tcp", m.listener.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			local = c.LocalAddr().String()
			time.Sleep(time.Second) // the life of the connection
			c.Close()
		}()
	})
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	for _, c := range fact[bundles.Connections](t, b, "connections").Items {
		if c.Local != local || !slices.Contains(c.States, "ESTABLISHED") {
			continue
		}
		if life := c.LastSeen.Sub(c.FirstSeen); life <= 0 || life > 2500*time.Millisecond {
			t.Errorf("it was seen for %v: %+v", life, c)
		}
		return
	}
	t.Errorf("the connection from %s was not seen", local)
}

// TestNoWindow ends a run in its first phase: the manifest claims no samples.
func TestNoWindow(t *testing.T) {
	m := newMachine(t)
	opt := m.options()
	finish := make(chan Finish, 1)
	opt.Finish = finish
	opt.Duration = time.Hour
	sum, _, err := atPhase(t, phaseState, m, opt, func() { finish <- FinishPhase })
	if err != nil {
		t.Fatal(err)
	}
	b := openBundle(t, sum.Path)
	n := 0
	for _, err := range b.Samples() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if w := b.Manifest.Window; w.Samples != n || n != 0 || w.ExpectedSamples != 18000 || w.Start.IsZero() || w.End.Before(w.Start) {
		t.Errorf("%d samples, window %+v", n, w)
	}
	for _, kind := range []string{"processes", "connections", "network", "host"} {
		if s := rowOf(t, b, kind); s.Status != bundles.StatusOK {
			t.Errorf("%+v", s)
		}
	}
	if sum.Complete {
		t.Error("a run that was ended early is said to be complete")
	}
}

// TestFinishInEachPhase asks runs to end as each phase begins, while a
// server hangs: there is a bundle soon, which claims what it holds
// and says that it was ended.
func TestFinishInEachPhase(t *testing.T) {
	for _, kind := range []Finish{FinishPhase, FinishAll} {
		for _, phase := range []string{phaseState, phaseFirst, phaseFacts, phaseWindow, phaseAgain, phaseLogs, phaseTails, phaseWrite} {
			t.Run(fmt.Sprintf("%d %s", kind, phase), func(t *testing.T) {
				t.Parallel()
				finishAt(t, kind, phase)
			})
		}
	}
}

func finishAt(t *testing.T, kind Finish, phase string) {
	t.Helper()
	m := newMachine(t)
	web := silent(t, "tcp", "127.0.0.1:0")
	put(t, m.dir+"/short/a.log", []byte("one\n"))
	members := obj{"logs": []obj{logOf(m, "short", "first"), logOf(m, "long", "")}}
	if phase == phaseState || phase == phaseFacts { // later it only takes time
		members["probes"] = []obj{{"name": "web", "target": web.String(), "legs": []string{"tls"}, "why": "w"}}
	}
	writeProfile(t, &m, members)
	opt := m.options()
	opt.Duration, opt.Interval = time.Second, 100*time.Millisecond
	finish := make(chan Finish, 1)
	opt.Finish = finish
	var asked time.Time
	sum, left, err := atPhase(t, phase, m, opt, func() { asked = time.Now(); finish <- kind })
	if err != nil || len(left) != 1 {
		t.Fatalf("%v, left %v", err, left)
	}
	if took := time.Since(asked); took > hurry+5*time.Second {
		t.Errorf("it went on for %v", took)
	}
	b, n := openBundle(t, sum.Path), 0
	for _, err := range b.Samples() {
		if err == nil { // there is none when there was no window
			n++
		}
	}
	w, early := b.Manifest.Window, phase == phaseState || phase == phaseFirst || phase == phaseFacts || phase == phaseWindow
	if w.Samples != n || early && (n == w.ExpectedSamples || sum.Complete) {
		t.Errorf("%d samples, the manifest says %+v, complete %v", n, w, sum.Complete)
	}
}
