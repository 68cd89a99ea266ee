// Package scan has the types of declared scans, log formats and series, and
// their reference implementation.
//
// A check does not search logs itself. It declares what it looks for, and the
// host looks once, natively, for all checks of all packs. The matcher in this
// package is plain and obviously right; it serves native tests of checks, and
// the host's fast engine must give the same bytes.
//
// The package uses the standard library only.
package scan

import (
	"time"
)

// Limits of matching.
const (
	// MaxLine is how many bytes of a stored line, or of an entry joined from
	// several lines, are matched and reported. The rest counts for Length only.
	MaxLine = 64 << 10
	// DefaultMaxHits applies when a scan does not say.
	DefaultMaxHits = 100
	// MaxMaxHits is the most a scan may ask for.
	MaxMaxHits = 10_000
)

// Scan declares what to look for in the files of one input.
type Scan struct {
	ID    string `json:"id"`    // lower-case words with hyphens, unique in its module
	Input string `json:"input"` // id of an input
	// Any lists the alternatives: an entry is a hit when one of them matches.
	Any        []Pattern `json:"any"`
	IgnoreCase bool      `json:"ignore_case,omitempty"`
	// Format names a declared format; empty: lines as they are, without time.
	Format  string `json:"format,omitempty"`
	Context int    `json:"context,omitempty"` // lines before and after, at most 10
	MaxHits int    `json:"max_hits,omitempty"`
	// Where restricts hits to entries whose fields have one of the values,
	// compared without case: {"severity":["WARNING","FATAL"]}.
	Where map[string][]string `json:"where,omitempty"`
	Tally *Tally              `json:"tally,omitempty"`
}

// Pattern is a literal or an RE2 expression; exactly one is set. Named groups
// of the expression become fields of the hit.
type Pattern struct {
	Literal string `json:"literal,omitempty"`
	Regexp  string `json:"regexp,omitempty"`
}

// Tally asks for counts and sums over all hits, whatever MaxHits.
type Tally struct {
	By            []string `json:"by,omitempty"`
	Sum           []string `json:"sum,omitempty"`
	BucketSeconds int      `json:"bucket_seconds,omitempty"`
}

// Format declares how the lines of a log are built.
type Format struct {
	ID string `json:"id"`
	// Line is an RE2 expression with named groups, matched against the line
	// without its end. Groups that Time does not use become fields.
	Line string     `json:"line"`
	Time TimeFormat `json:"time"`
	// Continuation "join" adds lines that Line does not match to the entry
	// before, separated by a newline. Empty: such lines stand alone, without
	// time and fields.
	Continuation string `json:"continuation,omitempty"`
}

// TimeFormat says how to read the time of a line.
type TimeFormat struct {
	// Groups are joined by a blank and parsed with Layout (Go's reference time).
	Groups []string `json:"groups"`
	Layout string   `json:"layout"`
	// Fraction is the unit of a group named "fraction": ms, us or ns; empty:
	// the layout has it all.
	Fraction string `json:"fraction,omitempty"`
	// Zone is "utc", or "host": local time of the host, by its UTC offsets.
	Zone string `json:"zone"`
	// Year "mtime" takes the year from the file's modification time, and the
	// year before when the line would then lie more than a day after it.
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
	TimeAmbiguous bool              `json:"time_ambiguous,omitempty"` // local time in the hour that occurs twice
	Fields        map[string]string `json:"fields,omitempty"`
	Before        []string          `json:"before,omitempty"`
	After         []string          `json:"after,omitempty"`
}

// Summary is the last line of /scans/<id>.jsonl.
type Summary struct {
	Summary bool `json:"summary"` // always true: tells it from a hit
	// Count is exact; Kept of them are in the file. When Count is larger, the
	// newest MaxHits are kept, in the order of hits (see Result).
	Count int64 `json:"count"`
	Kept  int   `json:"kept"`
	// First and Last are the earliest and latest time of all hits.
	First *time.Time `json:"first,omitempty"`
	Last  *time.Time `json:"last,omitempty"`
	// Files, Bytes and Lines say how much was searched; OldestLine and
	// NewestLine are the times of the first and last line that parse among the
	// first and the last TimeProbeLines lines of each file.
	Files      int        `json:"files"`
	Bytes      int64      `json:"bytes"`
	Lines      int64      `json:"lines"`
	OldestLine *time.Time `json:"oldest_line,omitempty"`
	NewestLine *time.Time `json:"newest_line,omitempty"`
}

// TimeProbeLines is how many lines at either end of a file are tried for
// Summary's OldestLine and NewestLine.
const TimeProbeLines = 200

// TallyRow is one combination of the By fields. Rows are sorted by Key.
type TallyRow struct {
	Key     map[string]string  `json:"key"`
	Count   int64              `json:"count"`
	Sum     map[string]float64 `json:"sum,omitempty"`
	First   *time.Time         `json:"first,omitempty"`
	Last    *time.Time         `json:"last,omitempty"`
	Buckets []TallyBucket      `json:"buckets,omitempty"`
}

// TallyBucket is a row's share of one span of BucketSeconds, by UTC.
type TallyBucket struct {
	Start time.Time          `json:"start"`
	Count int64              `json:"count"`
	Sum   map[string]float64 `json:"sum,omitempty"`
}

// TallyResult is /scans/<id>.tally.json.
type TallyResult struct {
	Rows []TallyRow `json:"rows"`
	// Dropped counts hits whose key was new when there were MaxTallyRows rows.
	Dropped int64 `json:"dropped,omitempty"`
}

// MaxTallyRows bounds a tally; hits are counted in the order of Result.
const MaxTallyRows = 10_000

// Result is what a scan found. Hits are ordered by time, those without first,
// then by file and line.
type Result struct {
	Hits    []Hit
	Summary Summary
	Tally   *TallyResult
}

// Series declares time-weighted aggregates of one metric.
type Series struct {
	ID     string `json:"id"`
	Metric string `json:"metric"` // name in metrics/samples.ndjson
	// Attributes restricts to rows with these values: {"mountpoint":"E:\\"}.
	Attributes map[string]string `json:"attributes,omitempty"`
	// WindowSeconds counts back from the end of the window; 0 is all of it.
	WindowSeconds float64 `json:"window_seconds,omitempty"`
	// Reduce lists mean, min, max, last, p95, rate; only those are present in
	// the result.
	Reduce []string `json:"reduce"`
}

// SeriesRow is the aggregate of one combination of attributes. Metrics that are
// an object in the samples give a row for each member: system.filesystem.* by
// "mountpoint", process.* by "process", system.network.io by "interface";
// a second level gives the attribute "direction".
type SeriesRow struct {
	Attributes map[string]string `json:"attributes,omitempty"`
	// Mean is weighted by the time from the sample before.
	Mean *float64 `json:"mean,omitempty"`
	Min  *float64 `json:"min,omitempty"`
	Max  *float64 `json:"max,omitempty"`
	Last *float64 `json:"last,omitempty"`
	P95  *float64 `json:"p95,omitempty"`
	Rate *float64 `json:"rate,omitempty"` // per second, of a cumulative counter; resets start anew
	// Samples counts values, Expected those that the interval gives for the
	// span asked for, SpanSeconds the time from the first to the last value.
	Samples     int       `json:"samples"`
	Expected    int       `json:"expected_samples"`
	SpanSeconds float64   `json:"span_seconds"`
	First       time.Time `json:"first"`
	LastTime    time.Time `json:"last_time"`
	// Lines are 1-based lines of metrics/samples.ndjson, for evidence.
	Lines SeriesLines `json:"lines"`
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
}
