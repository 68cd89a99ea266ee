//go:build !wasip1

package scan

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// maxSample bounds a line of samples; a longer one is a bad line.
const maxSample = 1 << 20

// value is one number of a row.
type value struct {
	t    time.Time
	line int
	v    float64
	pid  float64 // of the object the number stands in; 0: none
}

// points are the values of one row.
type points struct {
	attrs  map[string]string
	key    []string // order of rows
	values []value
}

// sampleSet is what the series need of metrics/samples.ndjson.
type sampleSet struct {
	times []time.Time                   // of all samples
	rows  map[string]map[string]*points // by metric, then key
	bad   int
}

// readSamples keeps the values of the metrics wanted. The error is that of the
// reader.
func readSamples(r io.Reader, wanted map[string]bool) (*sampleSet, error) {
	set := &sampleSet{rows: map[string]map[string]*points{}}
	br := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		raw, err := readBounded(br)
		if len(bytes.TrimSpace(raw)) > 0 && !set.add(raw, n, wanted) {
			set.bad++
		}
		if errors.Is(err, io.EOF) {
			return set, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// readBounded reads a line, of which it returns at most maxSample+1 bytes.
func readBounded(br *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := br.ReadSlice('\n')
		out = append(out, part[:min(len(part), maxSample+1-len(out))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return out, err
		}
	}
}

// add takes one line; it reports whether it is a sample.
func (s *sampleSet) add(raw []byte, n int, wanted map[string]bool) bool {
	if len(raw) > maxSample {
		return false
	}
	members := object(raw, func(name string) bool { return name == "t" || wanted[name] })
	t, ok := moment(members["t"])
	if !ok {
		return false
	}
	s.times = append(s.times, t)
	for metric, m := range members {
		if wanted[metric] {
			s.addMetric(metric, m, value{t: t, line: n})
		}
	}
	return true
}

// addMetric takes a number, an object of numbers, or an object of objects of
// numbers. Anything else is no value.
func (s *sampleSet) addMetric(metric string, raw json.RawMessage, at value) {
	if v, ok := number(raw); ok {
		at.v = v
		s.put(metric, nil, nil, at)
		return
	}
	name := attribute(metric)
	for key, member := range object(raw, nil) {
		if v, ok := number(member); ok {
			at.v = v
			s.put(metric, []string{key}, map[string]string{name: key}, at)
			continue
		}
		inner := object(member, nil)
		one := at
		one.pid, _ = number(inner["pid"])
		for direction, m := range inner {
			v, ok := number(m)
			if !ok || direction == "pid" {
				continue
			}
			one.v = v
			s.put(metric, []string{key, direction}, map[string]string{name: key, "direction": direction}, one)
		}
	}
}

func (s *sampleSet) put(metric string, key []string, attrs map[string]string, v value) {
	rows := s.rows[metric]
	if rows == nil {
		rows = map[string]*points{}
		s.rows[metric] = rows
	}
	id := joinKey(key)
	p := rows[id]
	if p == nil {
		p = &points{attrs: attrs, key: key}
		rows[id] = p
	}
	p.values = append(p.values, v)
}

// attribute names what the members of a metric are.
func attribute(metric string) string {
	switch {
	case strings.HasPrefix(metric, "system.filesystem."):
		return "mountpoint"
	case strings.HasPrefix(metric, "process."):
		return "process"
	case strings.HasPrefix(metric, "system.network."):
		return "interface"
	}
	return "name"
}

// number reads a member that is a number.
func number(raw json.RawMessage) (float64, bool) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	return v, err == nil
}

// moment reads a member that is a time, in UTC.
func moment(raw json.RawMessage) (t time.Time, ok bool) {
	if len(raw) == 0 || raw[0] != '"' || t.UnmarshalJSON(raw) != nil {
		return t, false
	}
	return t.UTC(), sayable(t.UTC())
}

// object gives the members of an object that are wanted, nil: all of them; of
// members of one name the last. What is none has no members.
func object(raw json.RawMessage, wanted func(name string) bool) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	if wire.Members(raw, func(name, value []byte) {
		if wanted == nil || wanted(string(name)) {
			m[string(name)] = value
		}
	}) {
		return m
	}
	m = nil // it may have had some
	if len(raw) == 0 || raw[0] == '"' || json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// sorted is the rows of a metric in order of their keys, values by time.
func (s *sampleSet) sorted(metric string) []*points {
	out := make([]*points, 0, len(s.rows[metric]))
	for _, p := range s.rows[metric] {
		slices.SortStableFunc(p.values, func(a, b value) int { return a.t.Compare(b.t) })
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *points) int { return slices.Compare(a.key, b.key) })
	return out
}

// complete fills in what the window does not say.
func (s *sampleSet) complete(w Window) Window {
	slices.SortStableFunc(s.times, time.Time.Compare)
	if n := len(s.times); n > 0 {
		if w.Start.IsZero() {
			w.Start = s.times[0]
		}
		if w.End.IsZero() {
			w.End = s.times[n-1]
		}
	}
	if !(w.IntervalSeconds > 0) || math.IsInf(w.IntervalSeconds, 0) {
		w.IntervalSeconds = s.medianDistance()
	}
	return w
}

func (s *sampleSet) medianDistance() float64 {
	if len(s.times) < 2 {
		return 0
	}
	var d []float64
	for i := 1; i < len(s.times); i++ {
		d = append(d, s.times[i].Sub(s.times[i-1]).Seconds())
	}
	slices.Sort(d)
	return d[len(d)/2]
}
