// Package scan has the types of declared scans, log formats and series, and
// their reference implementation.
//
// A check does not search logs itself. It declares what it looks for, and the
// host looks once, natively, for all checks of all packs. The matcher in this
// package is plain and obviously right; it serves native tests of checks, and
// the host's fast engine must give the same bytes.
//
// # Lines and text
//
// A line ends at \n; one \r before it, or at the end of the file, belongs to the
// line end. What follows the last \n is a line unless it is empty. A byte order
// mark decides the encoding and is not part of the first line; without one
// File.Encoding does ("utf-16le", "utf-16be"; anything else is UTF-8). Offsets
// and lengths are bytes of the stored file, text is UTF-8: each byte that is not
// valid UTF-8, each unpaired surrogate and an odd last byte become U+FFFD.
//
// # Entries
//
// Patterns are matched against entries. Without Continuation every line is one.
// With "join" a line that the format matches starts an entry, and the lines up
// to the next such line belong to it, but for empty lines at its end, which
// belong to none. Lines before the first entry of a file stand alone, and an
// entry never crosses the border of a file.
//
// # Local time
//
// Times of zone "host" are converted by the host's UTC offsets; the first one
// also holds for all times before it. A local time that occurs twice means the
// earlier instant; one that does not occur is read with the offset before the
// change. Both are marked ambiguous, and so is every local time when no offset
// is known: it is then taken for UTC. A layout that has a numeric offset itself
// needs no zone. Times outside of the years 1 to 9999 are none.
//
// The package uses the standard library only.
package scan

import (
	"time"
)

// Limits of matching.
const (
	// MaxLine is how many bytes of the text of a line, or of an entry joined
	// from several lines, are matched and reported; the cut is between
	// characters. The rest counts for Length only.
	MaxLine = 64 << 10
	// MaxContextLine is the same for a line in Before and After.
	MaxContextLine = 4 << 10
	// MaxContext is the most lines before and after that a scan may ask for.
	MaxContext = 10
	// DefaultMaxHits applies when a scan does not say.
	DefaultMaxHits = 100
	// MaxMaxHits is the most a scan may ask for.
	MaxMaxHits = 10_000
	// MaxHitBytes bounds the hits kept of one scan, see Hit.Size. The newest
	// hit is kept whatever its size.
	MaxHitBytes = 4 << 20
	// MaxOffsets is how many UTC offsets are used, the newest ones.
	MaxOffsets = 1000
)

// Scan declares what to look for in the files of one input.
type Scan struct {
	ID    string `json:"id"`    // lower-case words with hyphens, unique in its module
	Input string `json:"input"` // id of an input
	// Any lists the alternatives: an entry is a hit when one of them matches.
	// The first that matches gives the fields.
	Any []Pattern `json:"any"`
	// IgnoreCase compares by Unicode's simple case folding, as (?i) does.
	IgnoreCase bool `json:"ignore_case,omitempty"`
	// Format names a declared format; empty: lines as they are, without time.
	Format  string `json:"format,omitempty"`
	Context int    `json:"context,omitempty"` // lines before and after, at most 10
	MaxHits int    `json:"max_hits,omitempty"`
	// Where restricts hits to entries whose fields have one of the values,
	// compared without case: {"severity":["WARNING","FATAL"]}. Every member must
	// hold; an absent field holds for none.
	Where map[string][]string `json:"where,omitempty"`
	Tally *Tally              `json:"tally,omitempty"`
}

// Pattern is a literal or an RE2 expression; exactly one is set. Named groups
// of the expression that took part in the match become fields of the hit and
// replace fields of the format with the same name.
type Pattern struct {
	Literal string `json:"literal,omitempty"`
	Regexp  string `json:"regexp,omitempty"`
}

// Tally asks for counts and sums over all hits, whatever MaxHits. A hit without
// one of the By fields counts in a row whose Key lacks it. Values that are not
// decimal numbers of at most 1e100 are left out of sums; sums are exact but for
// one rounding at the end, so they do not depend on the order of hits.
type Tally struct {
	By            []string `json:"by,omitempty"`
	Sum           []string `json:"sum,omitempty"`
	BucketSeconds int      `json:"bucket_seconds,omitempty"`
}

// Format declares how the lines of a log are built.
type Format struct {
	ID string `json:"id"`
	// Line is an RE2 expression with named groups, matched against the line
	// without its end. Groups that took part in the match and that Time does
	// not use become fields.
	Line string     `json:"line"`
	Time TimeFormat `json:"time"`
	// Continuation "join" adds lines that Line does not match to the entry
	// before, separated by a newline. Empty: such lines stand alone, without
	// time and fields.
	Continuation string `json:"continuation,omitempty"`
}

// TimeFormat says how to read the time of a line. Without Groups the format has
// no time, and the other members must be empty.
type TimeFormat struct {
	// Groups are joined by a blank and parsed with Layout (Go's reference time).
	Groups []string `json:"groups"`
	Layout string   `json:"layout"`
	// Fraction is the unit of a group named "fraction", ms, us or ns, whose
	// digits are a decimal count: 004211 us is 4.211 ms. A second or more is
	// no time. Empty: the layout has it all.
	Fraction string `json:"fraction,omitempty"`
	// Zone is "utc", or "host": local time of the host, by its UTC offsets.
	Zone string `json:"zone"`
	// Year "mtime", for a layout without a year, means the newest year in which
	// the day exists and the line lies at most a day after the file's
	// modification time. Without such a time the line has none.
	Year string `json:"year,omitempty"`
}

// Hit is one entry that matched.
type Hit struct {
	File   string `json:"file"`   // bundle path
	Line   int64  `json:"line"`   // 1-based number in the source file, in the stored one when that is unknown
	Offset int64  `json:"offset"` // of the first byte, in the stored file
	Length int64  `json:"length"` // without the line end
	Text   string `json:"text"`   // UTF-8, invalid bytes replaced, at most MaxLine bytes
	// Time is UTC; nil when the format has none or the line does not parse.
	Time          *time.Time        `json:"time,omitempty"`
	TimeAmbiguous bool              `json:"time_ambiguous,omitempty"` // see "Local time" above
	Fields        map[string]string `json:"fields,omitempty"`
	// Before and After are the lines around the entry, at most Context each.
	Before []string `json:"before,omitempty"`
	After  []string `json:"after,omitempty"`
}

// Summary is the last line of /scans/<id>.jsonl.
type Summary struct {
	Summary bool `json:"summary"` // always true: tells it from a hit
	// Count is exact; Kept of them are in the file. When Count is larger, the
	// newest are kept, in the order of hits (see Result): as many as MaxHits and
	// MaxHitBytes allow.
	Count int64 `json:"count"`
	Kept  int   `json:"kept"`
	// First and Last are the earliest and latest time of all hits.
	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
	// Files, Bytes and Lines say how much was searched; OldestLine and
	// NewestLine are the earliest and the latest over all files of the times of
	// the first and last line that parse among the first and the last
	// TimeProbeLines lines of each file.
	Files      int        `json:"files"`
	Bytes      int64      `json:"bytes"`
	Lines      int64      `json:"lines"`
	OldestLine *time.Time `json:"oldest_line,omitempty"`
	NewestLine *time.Time `json:"newest_line,omitempty"`
	// Unread lists the files that could not be opened or read to their end.
	// What could be read was searched.
	Unread []string `json:"unread,omitempty"`
	// Illegible lists the files of which under half of the lines probed, the
	// first and the last TimeProbeLines, have the format: see Legibility.
	Illegible []string `json:"illegible,omitempty"`
}

// TimeProbeLines is how many lines at either end of a file are tried for
// Summary's OldestLine, NewestLine and Illegible.
const TimeProbeLines = 200

// TallyRow is one combination of the By fields. Rows are sorted by the values
// of Key in the order of By, an absent one first. First, Last and Buckets are of
// hits that have a time.
type TallyRow struct {
	Key   map[string]string `json:"key"` // values cut at MaxTallyKey
	Count int64             `json:"count"`
	// Sum has the fields for which at least one hit had a number.
	Sum     map[string]float64 `json:"sum,omitempty"`
	First   *time.Time         `json:"first,omitempty"`
	Last    *time.Time         `json:"last,omitempty"`
	Buckets []TallyBucket      `json:"buckets,omitempty"`
}

// TallyBucket is a row's share of one span of BucketSeconds, counted from
// 1970-01-01T00:00:00Z. Buckets are in order of time; there are none without hits.
type TallyBucket struct {
	Start time.Time          `json:"start"`
	Count int64              `json:"count"`
	Sum   map[string]float64 `json:"sum,omitempty"`
}

// TallyResult is /scans/<id>.tally.json.
type TallyResult struct {
	Rows []TallyRow `json:"rows"`
	// Dropped counts the hits of rows that were left out because there were too
	// many: the first rows, by their order, are kept.
	Dropped int64 `json:"dropped,omitempty"`
}

// Limits of a tally.
const (
	MaxTallyRows         = 10_000
	MaxBucketedTallyRows = 1_000 // of a tally with BucketSeconds
	MaxTallyBuckets      = 1_000 // of a row; the newest are kept
	MaxTallyKey          = 256   // bytes of one value of a key
	MaxTallyFields       = 8     // in By, and in Sum
	MaxBucketSeconds     = 366 * 24 * 3600
)

// Result is what a scan found. Hits are ordered by time, those without first,
// then by file, line and offset.
type Result struct {
	Hits    []Hit
	Summary Summary
	Tally   *TallyResult
}

// Series declares time-weighted aggregates of one metric.
type Series struct {
	ID     string `json:"id"`
	Metric string `json:"metric"` // name in metrics/samples.ndjson
	// Attributes restricts to rows with exactly these values: {"mountpoint":"E:\\"}.
	Attributes map[string]string `json:"attributes,omitempty"`
	// WindowSeconds counts back from the end of the window, whose end is in and
	// whose start is out; 0 is all of it, both ends included.
	WindowSeconds float64 `json:"window_seconds,omitempty"`
	// Reduce lists mean, min, max, last, p95, rate; only those are present in
	// the result.
	Reduce []string `json:"reduce"`
}

// SeriesRow is the aggregate of one combination of attributes. Metrics that are
// an object in the samples give a row for each member: system.filesystem.* by
// "mountpoint", process.* by "process", system.network.io by "interface";
// others by "name"; a second level gives the attribute "direction", "pid" aside.
type SeriesRow struct {
	Attributes map[string]string `json:"attributes,omitempty"`
	// Mean is weighted by the time since the row's value before, the first one
	// by the interval.
	Mean *float64 `json:"mean,omitempty"`
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	Last *float64 `json:"last,omitempty"`
	P95  *float64 `json:"p95,omitempty"` // nearest rank, not weighted
	// Rate is the increase of a cumulative counter per second between the first
	// and the last value, absent with fewer than two. A counter that falls, or
	// whose object has another "pid", started anew at zero.
	Rate *float64 `json:"rate,omitempty"`
	// Samples counts values, Expected those that the interval gives for the
	// span asked for, SpanSeconds the time from the first to the last value.
	Samples     int       `json:"samples"`
	Expected    int       `json:"expected_samples"`
	SpanSeconds float64   `json:"span_seconds"`
	First       time.Time `json:"first"`
	LastTime    time.Time `json:"last_time"`
	// Lines are 1-based lines of metrics/samples.ndjson, for evidence.
	Lines SeriesLines `json:"lines"`
	// Points are the values, in order of time. They stay with who reduced the
	// samples.
	Points []SeriesPoint `json:"-"`
}

// SeriesPoint is one value of a row and the line of the samples that has it.
type SeriesPoint struct {
	T     time.Time
	Line  int
	Value float64
}

// Curve gives a row's points for a chart: all of them, or of more than limit
// those of every nth line, and the last.
func (r SeriesRow) Curve(limit int) []SeriesPoint {
	first, last := r.Lines.First, r.Lines.Last
	step := max(1, (last-first+limit)/limit)
	var out []SeriesPoint
	for _, p := range r.Points {
		if (p.Line-first)%step == 0 || p.Line == last {
			out = append(out, p)
		}
	}
	return out
}

// SeriesLines says where the noteworthy values stand.
type SeriesLines struct {
	First int `json:"first"`
	Last  int `json:"last"`
	Min   int `json:"min"`
	Max   int `json:"max"`
}

// SeriesResult is /metrics/<id>.json. Rows are sorted by attributes; there are
// none when the metric was not sampled.
type SeriesResult struct {
	ID              string      `json:"id"`
	Metric          string      `json:"metric"`
	WindowSeconds   float64     `json:"window_seconds"` // asked for; the whole window when 0 was
	IntervalSeconds float64     `json:"interval_seconds"`
	Rows            []SeriesRow `json:"rows"`
	// BadLines counts lines of the samples that are no sample.
	BadLines int `json:"bad_lines,omitempty"`
}
