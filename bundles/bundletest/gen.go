package bundletest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// lines gives the lines of a generator without blank ones and # comments.
func lines(text string) []string {
	var out []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return out
}

// genServices makes facts/services.json. A line is
//
//	NAME | STATE[, STATE...] | START [| display name [| time since when]]
//
// Several states are the readings at the start, each following minute and the
// end; one state stands for three equal readings. A START like
// "manual+2 triggers" has start triggers.
func genServices(text string, win bundles.Window) ([]byte, error) {
	fact := bundles.Services{Taken: win.End, Manager: "scm"}
	for _, l := range lines(text) {
		if m, ok := strings.CutPrefix(l, "manager "); ok {
			fact.Manager = m
			continue
		}
		cells := strings.Split(l, "|")
		if len(cells) < 2 {
			return nil, fmt.Errorf("line %q: want NAME | STATES | START", l)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		s := bundles.Service{Name: cells[0]}
		s.Readings = readings(strings.Split(cells[1], ","), win)
		s.State = s.Readings[len(s.Readings)-1].State
		if len(cells) > 2 {
			start, triggers, _ := strings.Cut(cells[2], "+")
			s.StartType = start
			s.Triggers, _ = strconv.Atoi(strings.TrimSuffix(triggers, " triggers"))
		}
		if len(cells) > 3 {
			s.DisplayName = cells[3]
		}
		if len(cells) > 4 {
			since, err := time.Parse(time.RFC3339, cells[4])
			if err != nil {
				return nil, fmt.Errorf("line %q: %w", l, err)
			}
			s.Since = &since
		}
		fact.Items = append(fact.Items, s)
	}
	return json.MarshalIndent(fact, "", " ")
}

// readings spreads states over the window.
func readings(states []string, win bundles.Window) []bundles.ServiceReading {
	if len(states) == 1 {
		states = []string{states[0], states[0], states[0]}
	}
	var out []bundles.ServiceReading
	for i, s := range states {
		at := win.Start.Add(time.Duration(float64(i) / float64(len(states)-1) * float64(win.End.Sub(win.Start))))
		out = append(out, bundles.ServiceReading{T: at.Truncate(time.Second), State: strings.TrimSpace(s)})
	}
	return out
}

// curve is one value over the window.
type curve struct {
	metric, attribute, member string
	from, to, wobble          float64
	perSecond                 bool
}

var curveRE = regexp.MustCompile(`^([a-z_.]+)(?:\{([^}]*)\})?(?:\.([a-z]+))? ([-0-9.e]+)(?: -> ([-0-9.e]+))?(?: ~ ([0-9.e]+))?( per second)?$`)

// genMetrics makes metrics/samples.ndjson. Lines are
//
//	every 5s [for 30s | from 10s to 15m]
//	drop 2m to 3m                           (no samples in this part)
//	system.cpu.utilization 0.4 ~ 0.05       (swings around 0.4)
//	system.filesystem.utilization{E:\} 0.80 -> 0.82
//	process.disk.io{cbengine.exe}.read 1000000 per second
//
// Offsets count from the window's start. The window's interval and counts of
// samples are set to match. "for 30s" is a collection that was ended early: the
// window is that short, and ends when the given one does.
func (t *Tree) genMetrics(text string) ([]byte, error) {
	win := &t.Manifest.Window
	every, from, to := 5*time.Second, time.Duration(0), win.End.Sub(win.Start)
	var drops [][2]time.Duration
	var curves []curve
	for _, l := range lines(text) {
		f := strings.Fields(l)
		var err error
		switch {
		case f[0] == "every":
			every, from, to, err = parseEvery(f, to)
		case f[0] == "drop" && len(f) == 4:
			var d [2]time.Duration
			d, err = span(f[1], f[3])
			drops = append(drops, d)
		default:
			var c curve
			c, err = parseCurve(l)
			curves = append(curves, c)
		}
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", l, err)
		}
	}
	win.IntervalSeconds = every.Seconds()
	if win.RequestedSeconds == 0 {
		win.RequestedSeconds = to.Seconds()
	}
	if from == 0 {
		win.Start = win.End.Add(-to)
	}
	win.ExpectedSamples = int(math.Round(win.RequestedSeconds / win.IntervalSeconds))
	var out bytes.Buffer
	win.Samples = 0
	for at := from + every; at <= to; at += every {
		if dropped(at, drops) {
			continue
		}
		line, err := json.Marshal(sampleAt(win.Start, at, to, curves))
		if err != nil {
			return nil, err
		}
		out.Write(append(line, '\n'))
		win.Samples++
	}
	return out.Bytes(), nil
}

func parseEvery(f []string, whole time.Duration) (every, from, to time.Duration, err error) {
	to = whole
	if every, err = time.ParseDuration(f[1]); err != nil {
		return
	}
	switch {
	case len(f) == 4 && f[2] == "for":
		to, err = time.ParseDuration(f[3])
	case len(f) == 6 && f[2] == "from":
		var d [2]time.Duration
		d, err = span(f[3], f[5])
		from, to = d[0], d[1]
	case len(f) != 2:
		err = fmt.Errorf("want: every 5s [for 30s | from 10s to 15m]")
	}
	return
}

func span(a, b string) (d [2]time.Duration, err error) {
	if d[0], err = time.ParseDuration(a); err == nil {
		d[1], err = time.ParseDuration(b)
	}
	return d, err
}

func parseCurve(l string) (curve, error) {
	m := curveRE.FindStringSubmatch(l)
	if m == nil {
		return curve{}, fmt.Errorf("not a metric line")
	}
	c := curve{metric: m[1], attribute: m[2], member: m[3], perSecond: m[7] != ""}
	c.from, _ = strconv.ParseFloat(m[4], 64)
	c.to = c.from
	if m[5] != "" {
		c.to, _ = strconv.ParseFloat(m[5], 64)
	}
	if m[6] != "" {
		c.wobble, _ = strconv.ParseFloat(m[6], 64)
	}
	return c, nil
}

func dropped(at time.Duration, drops [][2]time.Duration) bool {
	for _, d := range drops {
		if at > d[0] && at <= d[1] {
			return true
		}
	}
	return false
}

// sampleAt evaluates all curves at one moment; encoding/json sorts the members.
func sampleAt(start time.Time, at, to time.Duration, curves []curve) map[string]any {
	s := map[string]any{"t": start.Add(at).UTC().Format(time.RFC3339Nano)}
	for _, c := range curves {
		v := c.at(at, to)
		switch {
		case c.attribute == "":
			s[c.metric] = v
		case c.member == "":
			member(s, c.metric)[c.attribute] = v
		default:
			member(member(s, c.metric), c.attribute)[c.member] = v
		}
	}
	return s
}

func member(m map[string]any, name string) map[string]any {
	if m[name] == nil {
		m[name] = map[string]any{}
	}
	return m[name].(map[string]any)
}

// at gives the value: linear from start to end, with a swing of period 7.3
// samples that averages out; counters grow.
func (c curve) at(at, to time.Duration) any {
	if c.perSecond {
		return int64(1_000_000 + c.from*at.Seconds())
	}
	share := at.Seconds() / to.Seconds()
	v := c.from + (c.to-c.from)*share + c.wobble*math.Sin(at.Seconds()*0.172)
	return math.Round(v*1e6) / 1e6
}
