package scan

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

// addByLibrary is add by encoding/json alone.
func (s *sampleSet) addByLibrary(raw []byte, n int, wanted map[string]bool) bool {
	var members map[string]json.RawMessage
	if len(raw) > maxSample || json.Unmarshal(raw, &members) != nil {
		return false
	}
	var t *time.Time
	if json.Unmarshal(members["t"], &t) != nil || t == nil || !sayable(t.UTC()) {
		return false
	}
	s.times = append(s.times, t.UTC())
	for metric := range wanted {
		s.addValues(metric, members[metric], value{t: t.UTC(), line: n})
	}
	return true
}

func (s *sampleSet) addValues(metric string, raw json.RawMessage, at value) {
	var one *float64
	if json.Unmarshal(raw, &one) == nil && one != nil {
		at.v = *one
		s.put(metric, nil, nil, at)
		return
	}
	name := attribute(metric)
	var outer, inner map[string]json.RawMessage
	_ = json.Unmarshal(raw, &outer)
	for key, member := range outer {
		var v, pid *float64
		if json.Unmarshal(member, &v) == nil && v != nil {
			at.v = *v
			s.put(metric, []string{key}, map[string]string{name: key}, at)
			continue
		}
		if inner = nil; json.Unmarshal(member, &inner) != nil {
			continue
		}
		one := at
		if json.Unmarshal(inner["pid"], &pid) == nil && pid != nil {
			one.pid = *pid
		}
		for direction, m := range inner {
			var v *float64
			if json.Unmarshal(m, &v) == nil && v != nil && direction != "pid" && !math.IsInf(*v, 0) {
				one.v = *v
				s.put(metric, []string{key, direction}, map[string]string{name: key, "direction": direction}, one)
			}
		}
	}
}

func FuzzSample(f *testing.F) {
	for _, line := range []string{
		`{"t":"2024-03-05T13:00:00Z","process.disk.io":{"cbengine.exe":{"pid":1,"read":100,"write":5},"x":{"pid":null,"read":1e400}},"n":-0.5}`,
		`{"t":"2024-03-05T13:00:00Z","n":{"E:\\":0.5,"C:\\":0.25,"C:\\":1,"d":null,"e":"x","f":[1]}}`,
		`{"t":"2024-03-05T13:00:00Z","n":1,"n":2}`, `{"t":null}`, `{"t":1}`, `{"t":"x"}`, `{"n":1}`, `{"t":"2024-03-05T13:00:00+25:00"}`, `null`, `[]`, `"x"`, ` {"t":"2024-03-05T13:00:00\u005a"}`,
		`{"t":"2024-03-05T13:00:00Z","n":{"` + "\xff" + `":1,"\ud800":{"a":2}}}`, `{"t":"2024-03-05T13:00:00Z","n":1`, `{"t":"2024-03-05T13:00:00Z","n":01}`,
	} {
		f.Add([]byte(line))
	}
	wanted := map[string]bool{"n": true, "process.disk.io": true}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, want := sampleSet{rows: map[string]map[string]*points{}}, sampleSet{rows: map[string]map[string]*points{}}
		if a, b := got.add(line, 1, wanted), want.addByLibrary(line, 1, wanted); a != b || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %+v; want %v, %+v", line, a, got, b, want)
		}
	})
}
