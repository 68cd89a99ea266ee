package wasmhost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// Answer is the result of one check.
type Answer struct {
	Outcome  abi.Outcome
	Reason   string
	Ask      *abi.Ask
	Findings []abi.Finding
	Exhibits []abi.Exhibit
	Inputs   []string // files of the tree that were opened, sorted
	Stderr   string   // when Outcome is error
	Names    []string // of this machine: see abi.Status
	Peers    [][]string
}

// Request asks a module for checks.
type Request struct {
	Request abi.Request
	Checks  []abi.Check // the metadata of Request.Checks, in their order
	Files   *Tree       // without run/request.json, which Run adds
	// OneByOne gives every check an instance of its own from the start.
	OneByOne bool
	// Instance, if not nil, is called before an instance starts, and the
	// function that it returns when the instance has ended.
	Instance func(checks []string, wall time.Duration) (ended func())
}

// maxDescribe bounds the document of "check describe".
const maxDescribe = 4 << 20

// Describe runs "check describe" and validates what it prints.
func (m *Module) Describe(ctx context.Context) (abi.Describe, error) {
	in := newInstance(m.limits, time.Unix(0, 0))
	doc := &document{in: in}
	if d := m.start(ctx, in, "describe", nil, doc); d.dead() {
		return abi.Describe{}, fmt.Errorf("describe module: %s", d.reason)
	}
	return decodeDescribe(doc.Bytes())
}

func decodeDescribe(raw []byte) (abi.Describe, error) {
	var d abi.Describe
	if err := json.Unmarshal(raw, &d); err != nil {
		return abi.Describe{}, fmt.Errorf("describe module: %w", err)
	}
	if err := d.Validate(); err != nil {
		return abi.Describe{}, fmt.Errorf("describe module: %w", err)
	}
	return d, nil
}

// document collects what describe prints, and stops a guest that prints more
// than a description can have.
type document struct {
	bytes.Buffer
	in *instance
}

func (d *document) Write(p []byte) (int, error) {
	if d.Len()+len(p) > maxDescribe {
		d.in.stop("printed more than %s", bytesText(maxDescribe))
	}
	return d.Buffer.Write(p)
}

// Run runs checks, all in one instance. When that one does not come to its
// end, every check runs again in an instance of its own, so that a bad check
// costs only itself. There is an answer for every check of the request.
func (m *Module) Run(ctx context.Context, req Request) (map[string]Answer, error) {
	if len(req.Checks) != len(req.Request.Checks) {
		return nil, errors.New("BUG: request without the metadata of its checks")
	}
	if !req.OneByOne {
		answers, whole, err := m.runOnce(ctx, req, req.Checks)
		if err != nil || whole || len(req.Checks) == 1 {
			return answers, err
		}
	}
	all := map[string]Answer{}
	for _, c := range req.Checks {
		answers, _, err := m.runOnce(ctx, req, []abi.Check{c})
		if err != nil {
			return nil, err
		}
		all[c.ID] = answers[c.ID]
	}
	return all, nil
}

// runOnce runs some checks in one instance; whole is false when it died or its
// output has no proper end.
func (m *Module) runOnce(ctx context.Context, req Request, checks []abi.Check) (answers map[string]Answer, whole bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	files, ids, err := withRequest(req, checks)
	if err != nil {
		return nil, false, err
	}
	if req.Instance != nil {
		ended := req.Instance(ids, Wall(m.limits))
		defer ended()
	}
	in := newInstance(m.limits, req.Request.Now)
	out := newOutput(in, checks)
	files.seen = []func(string){out.open}
	d := m.start(ctx, in, "run", files, out)
	if !d.dead() && len(out.line) > 0 {
		out.finishLine()
	}
	out.settle()
	problem := out.incomplete()
	answers = map[string]Answer{}
	for _, c := range checks {
		answers[c.ID] = out.checks[c.ID].answer(d, problem, in.stderr.String())
	}
	// Another try cannot make a module speak the ABI.
	whole = !d.dead() && problem == "" || d.code == abi.ExitUnsupported || d.code == abi.ExitUsage
	return answers, whole, nil
}

// withRequest puts the request for some of the checks into the files.
func withRequest(req Request, checks []abi.Check) (*Tree, []string, error) {
	ids := make([]string, len(checks))
	for i, c := range checks {
		ids[i] = c.ID
	}
	request := req.Request
	request.Checks = ids
	raw, err := json.Marshal(request)
	if err != nil {
		return nil, nil, fmt.Errorf("encode request: %w", err)
	}
	return req.Files, ids, req.Files.put(abi.RequestPath, raw)
}

// open books an opened file to the check whose status comes next. The request
// and the bundle's own two files are read by every module and say nothing.
func (o *output) open(name string) {
	switch name {
	case abi.RequestPath, abi.BundleDir + "/bundle.json", abi.BundleDir + "/manifest.json":
	default:
		o.opened = append(o.opened, strings.TrimPrefix(name, abi.BundleDir+"/"))
	}
}

// answer makes up the result of a check from what was said about it. What a
// check found before it died stays; that of one that the host had to stop at a
// limit does not.
func (c *collected) answer(d death, incomplete, stderr string) Answer {
	var a Answer
	if !d.limit {
		a.Findings, a.Exhibits = c.findings, c.exhibits
	}
	slices.Sort(c.inputs)
	a.Inputs = slices.Compact(c.inputs)
	if len(c.statuses) > 0 {
		s := c.statuses[0]
		a.Outcome, a.Reason, a.Ask = s.Outcome, s.Reason, s.Ask
		a.Names, a.Peers = s.Names, s.Peers
	}
	if reason := c.wrong(d, incomplete); reason != "" {
		a.Outcome, a.Reason, a.Ask = abi.OutcomeError, reason, nil
	}
	if a.Outcome == abi.OutcomeError {
		a.Stderr = stderr
	}
	return a
}

// wrong gives the first reason not to believe a check's own status.
func (c *collected) wrong(d death, incomplete string) string {
	switch {
	case d.dead():
		return d.reason
	case len(c.problems) > 0:
		return "bad output line: " + c.problems[0]
	case len(c.statuses) == 0:
		return "no status"
	case len(c.statuses) > 1:
		return "more than one status"
	case incomplete != "":
		return incomplete
	}
	return contradiction(c.statuses[0].Outcome, len(c.findings))
}

// contradiction compares a status with the findings. Findings beside
// insufficient_data are none: the check could not look everywhere.
func contradiction(o abi.Outcome, findings int) string {
	switch {
	case o == abi.OutcomeFindings && findings == 0:
		return "its status says findings, and there are none"
	case (o == abi.OutcomePass || o == abi.OutcomeNotApplicable) && findings > 0:
		return fmt.Sprintf("its status says %s beside %d findings", o, findings)
	}
	return ""
}
