//go:build !wasip1

package scan

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// FractionGroup names the group that TimeFormat.Fraction gives a unit.
const FractionGroup = "fraction"

// LineFormat is a compiled Format. It is safe for concurrent use.
type LineFormat struct {
	// Join is set for continuation "join".
	Join   bool
	re     *regexp.Regexp
	fields []group
	time   *timeParser // nil: the format has no time
}

// group is a named group of an expression.
type group struct {
	index int
	name  string
}

// Clock is what a line's time may depend on besides the line.
type Clock struct {
	Zone  *Zone
	MTime time.Time // of the file; zero: not known
}

// Entry is what a format reads from a line.
type Entry struct {
	Time      *time.Time // UTC; nil when the line has none
	Ambiguous bool
	Fields    map[string]string // nil when there are none
}

// CompileFormat checks and compiles a format.
func CompileFormat(f Format) (*LineFormat, error) {
	re, err := regexp.Compile(f.Line)
	if err != nil {
		return nil, fmt.Errorf("format %q: line: %v", f.ID, err)
	}
	if f.Line == "" {
		return nil, fmt.Errorf("format %q: line is empty", f.ID)
	}
	if f.Continuation != "" && f.Continuation != "join" {
		return nil, fmt.Errorf("format %q: continuation is %q, want \"join\" or nothing", f.ID, f.Continuation)
	}
	tp, err := compileTime(f.Time, re)
	if err != nil {
		return nil, fmt.Errorf("format %q: time: %w", f.ID, err)
	}
	lf := &LineFormat{Join: f.Continuation == "join", re: re, time: tp}
	for _, g := range namedGroups(re) {
		if tp == nil || !tp.uses(g.index) {
			lf.fields = append(lf.fields, g)
		}
	}
	return lf, nil
}

// Match reports whether the format matches a line.
func (f *LineFormat) Match(line []byte) bool { return f.re.Match(line) }

// Parse reads a line; it reports whether the format matches.
func (f *LineFormat) Parse(line string, c Clock) (Entry, bool) {
	m := f.re.FindStringSubmatchIndex(line)
	if m == nil {
		return Entry{}, false
	}
	return f.EntryOf(line, m, c), true
}

// EntryOf is what Parse gives for a line that the format's expression matches
// with these groups, as FindStringSubmatchIndex gives them but for the first two.
func (f *LineFormat) EntryOf(line string, groups []int, c Clock) Entry {
	var e Entry
	if f.time != nil {
		if t, ambiguous, ok := f.time.parse(line, groups, c); ok {
			e.Time, e.Ambiguous = &t, ambiguous
		}
	}
	e.Fields = groupValues(e.Fields, f.fields, line, groups)
	return e
}

// Time reads only the time of a line.
func (f *LineFormat) Time(line string, c Clock) (t time.Time, ambiguous, ok bool) {
	if f.time == nil {
		return time.Time{}, false, false
	}
	m := f.re.FindStringSubmatchIndex(line)
	if m == nil {
		return time.Time{}, false, false
	}
	return f.TimeOf(line, m, c)
}

// TimeOf is Time for a line that the format's expression matches with these
// groups, as FindStringSubmatchIndex gives them but for the first two.
func (f *LineFormat) TimeOf(line string, groups []int, c Clock) (t time.Time, ambiguous, ok bool) {
	if f.time == nil {
		return time.Time{}, false, false
	}
	return f.time.parse(line, groups, c)
}

// HasTime reports whether the format gives lines a time.
func (f *LineFormat) HasTime() bool { return f.time != nil }

func namedGroups(re *regexp.Regexp) []group {
	var out []group
	for i, name := range re.SubexpNames() {
		if name != "" {
			out = append(out, group{index: i, name: name})
		}
	}
	return out
}

// groupValues adds the groups that took part in a match to fields.
func groupValues(fields map[string]string, groups []group, text string, m []int) map[string]string {
	for _, g := range groups {
		from, to := m[2*g.index], m[2*g.index+1]
		if from < 0 {
			continue
		}
		if fields == nil {
			fields = make(map[string]string)
		}
		fields[g.name] = text[from:to]
	}
	return fields
}

// timeParser is a compiled TimeFormat.
type timeParser struct {
	groups   []int
	fraction int           // index of the group; 0: none
	unit     time.Duration // of the fraction
	layout   string
	local    bool // local time of the host
	ownZone  bool // the layout has an offset
	mtime    bool // the year comes from the modification time
}

func (p *timeParser) uses(index int) bool {
	return index == p.fraction || slices.Contains(p.groups, index)
}

func (p *timeParser) parse(line string, m []int, c Clock) (t time.Time, ambiguous, ok bool) {
	wall, err := time.ParseInLocation(p.layout, p.text(line, m), time.UTC)
	if err != nil {
		return time.Time{}, false, false
	}
	frac, ok := p.fractionOf(line, m)
	if !ok {
		return time.Time{}, false, false
	}
	wall = wall.Add(frac)
	if p.mtime {
		t, ambiguous, ok = p.withYear(wall, c)
	} else {
		t, ambiguous = p.instant(wall, c)
	}
	if !ok || !sayable(t) {
		return time.Time{}, false, false
	}
	return t, ambiguous, true
}

// sayable reports whether RFC 3339 can say a time, with a margin of a year.
func sayable(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

// text joins the groups; one that took no part is empty.
func (p *timeParser) text(line string, m []int) string {
	var room [64]byte
	text := room[:0]
	for i, g := range p.groups {
		if i > 0 {
			text = append(text, ' ')
		}
		if m[2*g] >= 0 {
			text = append(text, line[m[2*g]:m[2*g+1]]...)
		}
	}
	return string(text)
}

func (p *timeParser) fractionOf(line string, m []int) (time.Duration, bool) {
	if p.fraction == 0 || m[2*p.fraction] < 0 {
		return 0, true
	}
	digits := line[m[2*p.fraction]:m[2*p.fraction+1]]
	if digits == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || time.Duration(n) >= time.Second/p.unit {
		return 0, false
	}
	return time.Duration(n) * p.unit, true
}

func (p *timeParser) instant(wall time.Time, c Clock) (time.Time, bool) {
	if p.ownZone || !p.local {
		return wall.UTC(), false
	}
	return c.Zone.Instant(wall)
}

// withYear finds the newest year in which the line is not more than a day after
// the file. Eight years back there is always a 29 February.
func (p *timeParser) withYear(wall time.Time, c Clock) (time.Time, bool, bool) {
	if c.MTime.IsZero() {
		return time.Time{}, false, false
	}
	newest := c.MTime.UTC().Year() + 1
	for y := newest; y >= newest-9; y-- {
		d := time.Date(y, wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), wall.Location())
		if d.Day() != wall.Day() || d.Sub(c.MTime) > 24*time.Hour+maxShift {
			continue // there is no such day, or it is too late in whatever zone
		}
		if t, ambiguous := p.instant(d, c); !t.After(c.MTime.Add(24 * time.Hour)) {
			return t, ambiguous, true
		}
	}
	return time.Time{}, false, false
}

func compileTime(f TimeFormat, re *regexp.Regexp) (*timeParser, error) {
	if len(f.Groups) == 0 {
		if f.Layout != "" || f.Fraction != "" || f.Zone != "" || f.Year != "" {
			return nil, fmt.Errorf("groups are missing")
		}
		return nil, nil
	}
	p := &timeParser{layout: f.Layout, local: f.Zone == "host", mtime: f.Year == "mtime"}
	for _, name := range f.Groups {
		i := re.SubexpIndex(name)
		if i < 0 {
			return nil, fmt.Errorf("line has no group %q", name)
		}
		p.groups = append(p.groups, i)
	}
	if f.Zone != "host" && f.Zone != "utc" {
		return nil, fmt.Errorf("zone is %q, want \"utc\" or \"host\"", f.Zone)
	}
	if err := p.compileFraction(f.Fraction, re); err != nil {
		return nil, err
	}
	return p, p.checkLayout(f.Year)
}

func (p *timeParser) compileFraction(unit string, re *regexp.Regexp) error {
	switch unit {
	case "":
		return nil
	case "ms":
		p.unit = time.Millisecond
	case "us":
		p.unit = time.Microsecond
	case "ns":
		p.unit = time.Nanosecond
	default:
		return fmt.Errorf("fraction is %q, want ms, us or ns", unit)
	}
	p.fraction = max(re.SubexpIndex(FractionGroup), 0)
	if p.fraction == 0 {
		return fmt.Errorf("line has no group %q", FractionGroup)
	}
	return nil
}

// checkLayout sends a time through the layout and looks what comes back.
func (p *timeParser) checkLayout(year string) error {
	sent := time.Date(2005, time.November, 23, 21, 14, 15, 0, time.FixedZone("XYZ", 3600))
	got, err := time.ParseInLocation(p.layout, sent.Format(p.layout), time.UTC)
	if err != nil || got.Month() != sent.Month() || got.Day() != sent.Day() {
		return fmt.Errorf("layout %q has no date, or is none", p.layout)
	}
	_, offset := got.Zone()
	p.ownZone = offset != 0
	hasYear := got.Year() == sent.Year()
	switch {
	case year != "" && year != "mtime":
		return fmt.Errorf("year is %q, want \"mtime\" or nothing", year)
	case year == "mtime" && hasYear:
		return fmt.Errorf("year is \"mtime\", and layout %q has one too", p.layout)
	case year == "" && !hasYear:
		return fmt.Errorf("layout %q has no year", p.layout)
	}
	return nil
}
