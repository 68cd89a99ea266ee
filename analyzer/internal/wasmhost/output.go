package wasmhost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Limits of the members of a finding, so that one check cannot fill a report.
const (
	maxKey      = 200 // bytes
	maxEvidence = 100
)

// collected is what an instance said about one check.
type collected struct {
	declared abi.Check
	statuses []abi.Status
	findings []abi.Finding
	exhibits []abi.Exhibit
	keys     map[string]bool
	problems []string // bad lines
	inputs   []string // files opened before its status
	curves   int      // exhibits whose points are the host's
}

// output reads the lines of an instance as they come and stops it at a limit.
type output struct {
	in      *instance
	checks  map[string]*collected // the requested ones
	order   []*collected
	line    []byte // an unfinished line
	total   int64
	last    *collected // whose status came last
	loose   []string   // bad lines whose check is not known yet
	opened  []string   // files opened since the last status
	end     *abi.End
	after   bool // something came after the end line
	counted abi.End
}

func newOutput(in *instance, checks []abi.Check) *output {
	o := &output{in: in, checks: map[string]*collected{}}
	for _, c := range checks {
		o.order = append(o.order, &collected{declared: c, keys: map[string]bool{}})
		o.checks[c.ID] = o.order[len(o.order)-1]
	}
	return o
}

// Write implements io.Writer for the guest's stdout.
func (o *output) Write(p []byte) (int, error) {
	if o.total += int64(len(p)); o.total > o.in.limits.StdoutBytes {
		o.in.stop("printed more than %s", bytesText(o.in.limits.StdoutBytes))
	}
	rest := p
	for {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			o.take(rest)
			return len(p), nil
		}
		o.take(rest[:i])
		o.finishLine()
		rest = rest[i+1:]
	}
}

func (o *output) take(p []byte) {
	if int64(len(o.line)+len(p)) > o.in.limits.LineBytes {
		o.in.stop("printed a line of more than %s", bytesText(o.in.limits.LineBytes))
	}
	o.line = append(o.line, p...)
}

// finishLine reads one whole line. A module that writes nothing between two
// line ends has said nothing.
func (o *output) finishLine() {
	line := bytes.TrimSuffix(o.line, []byte("\r"))
	o.line = o.line[:0]
	if len(line) == 0 {
		return
	}
	if o.end != nil {
		o.after = true
		return
	}
	if check, err := o.readLine(line); err != nil {
		o.problem(check, err)
	}
}

// problem books a bad line to its check or, when it does not say, to the one
// whose status comes next.
func (o *output) problem(check string, err error) {
	if c := o.checks[check]; c != nil {
		c.problems = append(c.problems, err.Error())
		return
	}
	o.loose = append(o.loose, err.Error())
}

// readLine decodes one line. Lines of unknown types and lines about checks that
// were not asked for are nothing.
func (o *output) readLine(line []byte) (check string, err error) {
	var kind struct {
		T     string `json:"t"`
		Check string `json:"check"`
	}
	if !utf8.Valid(line) {
		return "", errors.New("not UTF-8")
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return kind.Check, fmt.Errorf("not a JSON object of the ABI: %v", err)
	}
	switch kind.T {
	case abi.TypeFinding:
		return kind.Check, o.finding(line)
	case abi.TypeExhibit:
		return kind.Check, o.exhibit(line)
	case abi.TypeStatus:
		return kind.Check, o.status(line)
	case abi.TypeEnd:
		o.end = new(abi.End)
		return "", json.Unmarshal(line, o.end)
	}
	return "", nil
}

func (o *output) finding(line []byte) error {
	if o.counted.Findings++; int64(o.counted.Findings) > o.in.limits.Findings {
		o.in.stop("reported more than %d findings", o.in.limits.Findings)
	}
	var f abi.Finding
	if err := json.Unmarshal(line, &f); err != nil {
		return fmt.Errorf("finding: %v", err)
	}
	c := o.checks[f.Check]
	if c == nil {
		return nil
	}
	if err := c.vet(f); err != nil {
		return fmt.Errorf("finding %q: %w", f.Key, err)
	}
	c.keys[f.Key] = true
	c.findings = append(c.findings, f)
	return nil
}

// vet checks what the ABI demands of a finding.
func (c *collected) vet(f abi.Finding) error {
	switch {
	case !slices.Contains(c.declared.Severities, f.Severity):
		return fmt.Errorf("severity %q is not one that the check declares", f.Severity)
	case f.Key == "" || len(f.Key) > maxKey:
		return fmt.Errorf("its key has %d bytes, not 1 to %d", len(f.Key), maxKey)
	case c.keys[f.Key]:
		return errors.New("its key was used before")
	case f.Title == "":
		return errors.New("it has no title")
	case !slices.Contains([]string{"", abi.StateOngoing, abi.StateRecovered, abi.StateUnknown}, f.State):
		return fmt.Errorf("state %q is unknown", f.State)
	case len(f.Evidence) > maxEvidence:
		return fmt.Errorf("%d pieces of evidence are more than %d", len(f.Evidence), maxEvidence)
	}
	return nil
}

func (o *output) exhibit(line []byte) error {
	var e abi.Exhibit
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("exhibit: %v", err)
	}
	c := o.checks[e.Check]
	if c == nil || !slices.Contains([]string{"series", "table", "path"}, e.Kind) {
		return nil
	}
	for _, row := range e.Rows {
		if len(row) != len(e.Columns) {
			return fmt.Errorf("exhibit %q: a row has %d cells, the table %d columns", e.Title, len(row), len(e.Columns))
		}
	}
	if err := c.vetCurve(e); err != nil {
		return fmt.Errorf("exhibit %q: %w", e.Title, err)
	}
	c.exhibits = append(c.exhibits, e)
	return nil
}

// vetCurve checks an exhibit that leaves its points to the host.
func (c *collected) vetCurve(e abi.Exhibit) error {
	if e.Series == "" {
		return nil
	}
	if c.curves++; c.curves > abi.MaxCurves {
		return fmt.Errorf("more than %d name a series", abi.MaxCurves)
	}
	switch {
	case !slices.Contains(c.declared.Series, e.Series):
		return fmt.Errorf("series %q is not one that the check declares", e.Series)
	case len(e.Points) > 0:
		return errors.New("it names a series and has points")
	}
	return nil
}

func (o *output) status(line []byte) error {
	o.counted.Statuses++
	var s abi.Status
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("status: %v", err)
	}
	c := o.checks[s.Check]
	if c == nil {
		return nil
	}
	c.statuses = append(c.statuses, s)
	c.problems = append(c.problems, o.loose...)
	c.inputs = append(c.inputs, o.opened...)
	o.loose, o.opened, o.last = nil, nil, c
	if !known(s.Outcome) {
		return fmt.Errorf("status: outcome %q is unknown", s.Outcome)
	}
	return nil
}

// settle books what came after the last status: to the first check that has
// none, because that one was running, else to the last that had.
func (o *output) settle() {
	c := o.last
	for _, other := range o.order {
		if len(other.statuses) == 0 {
			c = other
			break
		}
	}
	if c != nil {
		c.problems = append(c.problems, o.loose...)
		c.inputs = append(c.inputs, o.opened...)
	}
	o.loose, o.opened = nil, nil
}

// incomplete says what is wrong with the output as a whole, if anything.
func (o *output) incomplete() string {
	switch {
	case o.end == nil:
		return "incomplete output: no end line"
	case o.end.Findings != o.counted.Findings || o.end.Statuses != o.counted.Statuses:
		return fmt.Sprintf("incomplete output: %d findings and %d statuses arrived, the end line says %d and %d",
			o.counted.Findings, o.counted.Statuses, o.end.Findings, o.end.Statuses)
	case o.after:
		return "output went on after the end line"
	}
	return ""
}

func known(o abi.Outcome) bool {
	switch o {
	case abi.OutcomePass, abi.OutcomeFindings, abi.OutcomeNotApplicable, abi.OutcomeInsufficient, abi.OutcomeError:
		return true
	}
	return false
}
