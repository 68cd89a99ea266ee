package timeline

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Facts adds the events of a bundle that are not in its logs. Unread names the
// files that could not be read or understood.
func Facts(b *bundles.Bundle, name string, o Options, add func(Event)) (unread []string) {
	m := &maker{bundle: b, name: name, host: b.Host().Name, o: o, add: add}
	for _, part := range []struct {
		path string
		make func() error
	}{
		{b.FactPath("host"), m.starts},
		{b.FactPath("services"), m.services},
		{b.FactPath("registry"), m.registry},
		{b.FactPath("config"), m.config},
		{recordsPath, m.records},
		{bundles.SamplesPath, m.samples},
		{bundles.LogPath, m.steps},
	} {
		if !b.Has(part.path) {
			continue
		}
		if err := part.make(); err != nil {
			unread = append(unread, fmt.Sprintf("%s: %v", part.path, err))
		}
	}
	m.window()
	return unread
}

const recordsPath = "facts/events.ndjson"

// window adds the ends of the span over which metrics were sampled.
func (m *maker) window() {
	if m.bundle.Cut {
		m.put(m.bundle.Header.Created, Event{Kind: KindCollector, Source: "collector", Text: "the collection begins; the bundle was cut off later"})
		return
	}
	w := m.bundle.Manifest.Window
	if !w.End.After(w.Start) {
		return
	}
	m.put(w.Start, Event{Kind: KindCollector, Source: "metrics", Text: "the window of the samples begins"})
	count := fmt.Sprintf("%d samples", w.Samples)
	if w.ExpectedSamples > 0 {
		count = fmt.Sprintf("%d of %d samples", w.Samples, w.ExpectedSamples)
	}
	m.put(w.End, Event{Kind: KindCollector, Source: "metrics", Text: "the window of the samples ends: " + count})
}

// starts adds the last start of the machine.
func (m *maker) starts() error {
	h, err := bundles.Fact[bundles.HostFact](m.bundle, "host")
	if err == nil && h.BootTime != nil {
		m.put(*h.BootTime, Event{Kind: KindStart, Source: "host", File: m.bundle.FactPath("host"), Text: "the machine started"})
	}
	return err
}

// services adds changes of state.
func (m *maker) services() error {
	f, err := bundles.Fact[bundles.Services](m.bundle, "services")
	if err != nil {
		return err
	}
	for _, s := range f.Items {
		m.service(s)
	}
	return nil
}

func (m *maker) service(s bundles.Service) {
	e := Event{Kind: KindService, Source: "services", File: m.bundle.FactPath("services")}
	readings := slices.Clone(s.Readings)
	slices.SortStableFunc(readings, func(a, b bundles.ServiceReading) int { return a.T.Compare(b.T) })
	for i := 1; i < len(readings); i++ {
		if was, is := readings[i-1].State, readings[i].State; was != is {
			e.Text = fmt.Sprintf("%s: %s, was %s at %s", s.Name, is, was, readings[i-1].T.UTC().Format("15:04:05Z"))
			m.put(readings[i].T, e)
		}
	}
	if s.Since != nil && (len(readings) == 0 || s.Since.Before(readings[0].T)) {
		e.Text = fmt.Sprintf("%s: %s since then", s.Name, s.State)
		m.put(*s.Since, e)
	}
}

func (m *maker) registry() error {
	f, err := bundles.Fact[bundles.Registry](m.bundle, "registry")
	if err != nil {
		return err
	}
	for _, k := range f.Items {
		if k.LastWrite != nil {
			m.put(*k.LastWrite, Event{Kind: KindRegistry, Source: "registry", File: m.bundle.FactPath("registry"), Text: "last written: " + k.Key})
		}
	}
	return nil
}

func (m *maker) config() error {
	f, err := bundles.Fact[bundles.Config](m.bundle, "config")
	if err != nil {
		return err
	}
	for _, c := range f.Items {
		if c.LastWrite != nil {
			m.put(*c.LastWrite, Event{Kind: KindConfig, Source: "config", File: m.bundle.FactPath("config"), Text: "last written: " + cmp.Or(c.File, c.Name)})
		}
	}
	return nil
}

// record is one of the event log.
type record struct {
	T          time.Time       `json:"t"`
	Provider   string          `json:"provider"`
	ID         int             `json:"id"`
	Level      int             `json:"level"`
	Parameters json.RawMessage `json:"parameters"`
}

// levels are those of the event log.
var levels = [...]string{1: "CRITICAL", 2: "ERROR", 3: "WARNING", 4: "INFO"}

func (m *maker) records() error {
	return m.objects(recordsPath, func(n int64, raw []byte) error {
		var r record
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		e := Event{Kind: KindRecord, Source: "events", File: recordsPath, Line: n, Text: strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Provider, r.ID, parameters(r.Parameters)))}
		if r.Level > 0 && r.Level < len(levels) {
			e.Level = levels[r.Level]
		}
		m.put(r.T, e)
		return nil
	})
}

// parameters writes an object or a list of strings as words.
func parameters(raw json.RawMessage) string {
	var named map[string]any
	var list []any
	var words []string
	if json.Unmarshal(raw, &named) == nil {
		for name, v := range named {
			words = append(words, fmt.Sprintf("%s=%v", name, v))
		}
		slices.Sort(words)
	} else if json.Unmarshal(raw, &list) == nil {
		for _, v := range list {
			words = append(words, fmt.Sprint(v))
		}
	}
	return strings.Join(words, ", ")
}

// minGap is how many intervals without a sample are a gap.
const minGap = 3

// samples adds gaps, and processes that began anew.
func (m *maker) samples() error {
	interval := time.Duration(m.bundle.Manifest.Window.IntervalSeconds * float64(time.Second))
	var last time.Time
	pids := map[string]int32{}
	n := int64(0)
	for s, err := range m.bundle.Samples() {
		if err != nil {
			return err
		}
		n++
		e := Event{Source: "metrics", File: bundles.SamplesPath, Line: n}
		if gap := s.T.Sub(last); !last.IsZero() && interval > 0 && gap > minGap*interval {
			e.Kind, e.Text = KindGap, fmt.Sprintf("no samples for %s up to %s", span(gap), s.T.UTC().Format("15:04:05Z"))
			m.put(last, e)
		}
		last = s.T
		for name, io := range s.ProcessIO {
			if was, ok := pids[name]; ok && was != io.PID {
				e.Kind, e.Text = KindProcess, fmt.Sprintf("%s is another process: %d, was %d", name, io.PID, was)
				m.put(s.T, e)
			}
			pids[name] = io.PID
		}
	}
	return nil
}

// span writes a duration without more precision than it deserves.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// step is a line of the collector's own log.
type step struct {
	Time   time.Time `json:"time"`
	Level  string    `json:"level"`
	Msg    string    `json:"msg"`
	Source string    `json:"source"`
	Phase  string    `json:"phase"`
	Status string    `json:"status"`
	Error  string    `json:"error"`
}

// tells reports whether a step says more than that a source was read.
func (s *step) tells() bool {
	if s.Source == "" || s.Level != "INFO" {
		return true
	}
	return s.Status != "" && s.Status != bundles.StatusOK && s.Status != bundles.StatusSkipped
}

func (s *step) text() string {
	words := []string{s.Msg}
	for _, w := range []string{s.Phase, s.Source, s.Status} {
		if w != "" {
			words = append(words, w)
		}
	}
	text := strings.Join(words, " ")
	if s.Error != "" {
		text += ": " + s.Error
	}
	return text
}

// steps adds what the collector did: its phases, and what went wrong.
func (m *maker) steps() error {
	return m.objects(bundles.LogPath, func(n int64, raw []byte) error {
		var s step
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		if !s.tells() && !m.o.All {
			return nil
		}
		text := s.text()
		e := Event{Kind: KindCollector, Source: "collector", File: bundles.LogPath, Line: n, Text: text}
		if s.Level != "INFO" {
			e.Level = s.Level
		}
		m.put(s.Time, e)
		return nil
	})
}

// objects gives the lines of a file of JSON objects. Lines that are none are
// counted in the error.
func (m *maker) objects(path string, take func(n int64, raw []byte) error) error {
	f, err := m.bundle.FS.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxObjects))
	lines.Buffer(nil, bundles.MaxSampleBytes)
	bad := 0
	for n := int64(1); lines.Scan(); n++ {
		if err := take(n, lines.Bytes()); err != nil {
			bad++
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("lines that are no JSON: %d", bad)
	}
	return nil
}

// maxObjects is how much of a file of objects is read, in bytes.
const maxObjects = 256 << 20
