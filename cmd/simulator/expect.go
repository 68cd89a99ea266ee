package simulator

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// Expectation is something that must be seen in the bundle.
type Expectation struct {
	File     string // a path of the bundle, or a pattern
	Pointer  string // into a JSON document; empty: any line of the file
	Op, Want string
}

// Operators of expectations.
const (
	opEquals  = "="  // JSON
	opMatches = "~"  // an expression of RE2
	opNot     = "!~" // no line, or not the value
	opLess    = "<"
	opMore    = ">"
	opAbsent  = "absent"
	opPresent = "present"
)

// expectLine reads FILE [POINTER] OP [VALUE]. Blanks in file and pointer are
// written as they are: OP stands between blanks.
func (in *Incident) expectLine(l string) error {
	e, err := parseExpectation(l)
	if err != nil {
		return err
	}
	in.Expect = append(in.Expect, e)
	return nil
}

var expectationRE = regexp.MustCompile(`^(\S.*?)(?: (/.*?))? (=|~|!~|<|>|absent|present)(?: (.*))?$`)

func parseExpectation(l string) (e Expectation, err error) {
	m := expectationRE.FindStringSubmatch(l)
	if m == nil {
		return e, fmt.Errorf("want FILE [POINTER] OP [VALUE]")
	}
	e = Expectation{File: m[1], Pointer: m[2], Op: m[3], Want: m[4]}
	if _, err := parsePointer(e.Pointer); err != nil {
		return e, err
	}
	switch e.Op {
	case opMatches, opNot:
		_, err = regexp.Compile(e.Want)
	case opLess, opMore:
		_, err = strconv.ParseFloat(e.Want, 64)
	case opEquals:
		if e.Pointer == "" {
			return e, fmt.Errorf("= needs a pointer")
		}
	}
	return e, err
}

// contents is what expectations are read from: a bundle, or an archive of files
// without a collector.
type contents struct {
	FS    fs.FS
	paths []string
}

func contentsOf(b *bundles.Bundle) contents { return contents{b.FS, b.Match("**")} }

func (c contents) match(glob string) (out []string) {
	for _, p := range c.paths {
		if bundles.Glob(glob, p) {
			out = append(out, p)
		}
	}
	return out
}

// Check says in words why the bundle does not show what is expected; empty: it
// does.
func (e Expectation) Check(b contents, vars Vars) string {
	e.Want, e.Pointer, e.File = vars.Expand(e.Want), vars.Expand(e.Pointer), vars.Expand(e.File)
	paths := b.match(e.File)
	if len(paths) == 0 {
		if e.Op == opAbsent && e.Pointer == "" {
			return ""
		}
		return "there is no such file in the bundle"
	}
	if e.Pointer == "" {
		return e.lines(b, paths)
	}
	raw, err := bundles.ReadLimited(b.FS, paths[0], 64<<20)
	if err != nil {
		return err.Error()
	}
	doc, err := decode(raw)
	if err != nil {
		return err.Error()
	}
	steps, _ := parsePointer(e.Pointer) // Parse has looked at it
	value, ok := find(doc, steps)
	return e.judge(value, ok)
}

// judge compares one value.
func (e Expectation) judge(value any, ok bool) string {
	if e.Op == opAbsent || e.Op == opPresent {
		if ok == (e.Op == opPresent) {
			return ""
		}
		return fmt.Sprintf("it is %s", text(value))
	}
	if !ok {
		return "there is no such value"
	}
	holds := false
	switch e.Op {
	case opEquals:
		want, err := decode([]byte(e.Want))
		holds = err == nil && reflect.DeepEqual(value, want) || text(value) == e.Want
	case opMatches, opNot:
		re := regexp.MustCompile(e.Want)
		holds = re.MatchString(text(value)) == (e.Op == opMatches)
	case opLess, opMore:
		n, isNumber := value.(json.Number)
		have, err := n.Float64()
		want, _ := strconv.ParseFloat(e.Want, 64) // Parse has looked at it
		holds = isNumber && err == nil && (have < want) == (e.Op == opLess) && have != want
	}
	if holds {
		return ""
	}
	return fmt.Sprintf("it is %.300s", text(value))
}

// lines looks for a line in any of the files.
func (e Expectation) lines(b contents, paths []string) string {
	switch e.Op {
	case opPresent:
		return ""
	case opAbsent:
		return "there is " + paths[0]
	case opLess, opMore:
		return e.Op + " needs a pointer"
	}
	re := regexp.MustCompile(e.Want)
	found := ""
	for _, p := range paths {
		raw, err := bundles.ReadLimited(b.FS, p, 256<<20)
		if err != nil {
			return err.Error()
		}
		for l := range strings.Lines(string(raw)) {
			if l = strings.TrimRight(l, "\r\n"); found == "" && re.MatchString(l) {
				found = p + ": " + l
			}
		}
	}
	switch {
	case e.Op == opMatches && found == "":
		return "no line matches in " + strings.Join(paths, ", ")
	case e.Op == opNot && found != "":
		return "there is " + found
	}
	return ""
}

func (e Expectation) String() string {
	return strings.Join(strings.Fields(e.File+" "+e.Pointer+" "+e.Op+" "+e.Want), " ")
}
