package check

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/wire"
)

// session is one run of a module.
type session struct {
	root     fs.FS
	out      *bufio.Writer
	codec    *wire.Codec
	written  []byte // room for an output line
	facts    map[string]any
	line     []byte // room for the lines of a scan's result
	findings int
	statuses int
}

// emit writes one output line.
func (s *session) emit(line any) error {
	b, err := s.codec.Append(s.written[:0], line)
	if err != nil {
		return fmt.Errorf("encode output line: %w", err)
	}
	s.written = b
	if _, ok := line.(Finding); ok {
		s.findings++
	}
	s.out.Write(b)
	return s.out.WriteByte('\n')
}

// Run runs the checks that root's run/request.json asks for and writes the
// output lines. It returns the module's exit code.
func Run(root fs.FS, checks []*Check, out, errs io.Writer) int {
	codec := &wire.Codec{}
	req, err := readRequest(root, codec)
	if err != nil {
		fmt.Fprintln(errs, err)
		return abi.ExitUsage
	}
	if major(req.ABI) != abi.Major {
		fmt.Fprintf(errs, "request has ABI %s, this module speaks %s\n", req.ABI, abi.Version)
		return abi.ExitUnsupported
	}
	sub, err := fs.Sub(root, abi.BundleDir)
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	b, err := bundles.OpenWith(sub, codec.Unmarshal)
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	s := &session{root: root, out: bufio.NewWriterSize(out, 64<<10), codec: codec, facts: map[string]any{}}
	for _, c := range checks {
		if slices.Contains(req.Checks, c.ID) {
			s.runCheck(c, b, req, errs)
		}
	}
	if err := s.finish(); err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	return abi.ExitOK
}

func (s *session) finish() error {
	if err := s.emit(abi.End{T: abi.TypeEnd, Findings: s.findings, Statuses: s.statuses}); err != nil {
		return err
	}
	return s.out.Flush()
}

// runCheck runs one check and writes its status, whatever happens in it. The
// buffer is flushed after each, so that a later trap loses nothing.
func (s *session) runCheck(c *Check, b *bundles.Bundle, req abi.Request, errs io.Writer) {
	p := &Pass{
		Check: c, Bundle: b, Now: req.Now, Role: req.Role, Deployment: req.Deployment, Params: req.Params, session: s,
	}
	err := call(c, p)
	if err == nil {
		err = p.err
	}
	if err != nil {
		fmt.Fprintf(errs, "%s: %v\n", c.ID, err)
		p.status = abi.Status{Outcome: abi.OutcomeError, Reason: err.Error()}
	}
	p.status.T, p.status.Check = abi.TypeStatus, c.ID
	p.status.Names, p.status.Peers = p.names, p.peers
	if p.found > 0 && (p.status.Outcome == "" || p.status.Outcome == abi.OutcomePass) {
		p.status.Outcome = abi.OutcomeFindings
	}
	if p.status.Outcome == "" {
		p.status.Outcome = abi.OutcomePass
	}
	if more := p.leftOut(); more != "" {
		p.status.Reason = strings.TrimPrefix(p.status.Reason+"; "+more, "; ")
	}
	p.status.Reason = cutText(p.status.Reason, maxText)
	s.statuses++
	if err := s.emit(p.status); err != nil {
		fmt.Fprintf(errs, "%s: %v\n", c.ID, err)
	}
	s.out.Flush()
}

// call runs a check; a panic in it is its error, so that the others still run.
func call(c *Check, p *Pass) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return c.Run(p)
}

func readRequest(root fs.FS, codec *wire.Codec) (abi.Request, error) {
	var req abi.Request
	raw, err := bundles.ReadLimited(root, abi.RequestPath, 1<<20)
	if err == nil {
		err = codec.Unmarshal(raw, &req)
	}
	if err != nil {
		return req, fmt.Errorf("read request: %w", err)
	}
	return req, nil
}

// major gives the part of "1.0" before the dot, -1 if there is none.
func major(version string) int {
	before, after, ok := strings.Cut(version, ".")
	major, err := strconv.Atoi(before)
	if _, minorErr := strconv.Atoi(after); !ok || err != nil || minorErr != nil {
		return -1
	}
	return major
}
