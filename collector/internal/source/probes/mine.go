package probes

import (
	"context"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/regex"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// defaultMined is how many targets are mined when the profile does not say.
const defaultMined = 8

// maxLine is the longest line of a log that is looked at, in bytes.
const maxLine = 16 << 10

// mined adds the targets that a log or the connections of a process name.
func (b *builder) mined(ctx context.Context, p profiles.Probe) {
	switch {
	case p.FromLog != nil:
		f := *p.FromLog
		t := newTarget(p, "log:"+f.Input)
		re, err := regex.Compile(f.Regexp)
		if err != nil || re.SubexpIndex("host") < 0 {
			t.Error = "the expression of the profile has no group host"
			b.add(t, "", nil)
			return
		}
		texts, err := b.lines(ctx, f.Input)
		if len(texts) == 0 && err != nil {
			t.Error = firstLine(err)
			b.add(t, "", nil)
			return
		}
		b.take(t, f.Max, mineLines(texts, re), "no line of the log names a server")
	case p.FromConnections != nil:
		f := *p.FromConnections
		b.take(newTarget(p, "connections:"+f.Process), f.Max, mineConnections(b.src.Connections, f.Process), f.Process+" has no connection to a server")
	}
}

func (b *builder) lines(ctx context.Context, input string) ([]string, error) {
	if b.src.Lines == nil {
		return nil, fmt.Errorf("log %s was not read", input)
	}
	return b.src.Lines(ctx, input)
}

// take adds at most limit of the candidates that may be tried.
func (b *builder) take(t Target, limit int, found []string, none string) {
	if limit <= 0 {
		limit = defaultMined
	}
	taken, refused := 0, 0
	for _, c := range found {
		if taken >= limit {
			break
		}
		limited, ok := b.allowed(c)
		if !ok {
			refused++
			continue
		}
		t.public = limited
		b.add(t, c, nil)
		taken++
	}
	switch {
	case taken > 0:
		return
	case refused > 0:
		t.Error = fmt.Sprintf("%d servers are named, but neither is their address public nor are they configured, or their port is another", refused)
	default:
		t.Error = none
	}
	b.add(t, "", nil)
}

// allowed reports whether a target from a log or a socket table may be tried,
// and whether only at public addresses: a configured server, or any other on the
// internet, on 443 or a port of a configured server.
func (b *builder) allowed(target string) (limited, ok bool) {
	at, err := parsePlace(target)
	if err != nil || !b.ports[at.port] {
		return false, false
	}
	if b.hosts[strings.ToLower(at.host)] {
		return false, true
	}
	a, err := netip.ParseAddr(at.host)
	return true, err != nil || public(a)
}

// mineLines finds the targets that lines name, the newest line first, each once.
func mineLines(texts []string, re *regex.Regexp) []string {
	var out []string
	host, port := re.SubexpIndex("host"), re.SubexpIndex("port")
	for _, text := range texts {
		for line := range linesBackwards(text) {
			if len(line) > maxLine {
				line = line[:maxLine]
			}
			m := re.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			at, err := parsePlace(m[host])
			if err != nil {
				continue
			}
			if port >= 0 && m[port] != "" {
				if at.port, err = parsePort(m[port]); err != nil {
					continue
				}
			}
			if at.port == 0 {
				at.port = 443
			}
			if out = appendOnce(out, joinTarget(at.host, at.port)); len(out) >= maxTargets {
				return out
			}
		}
	}
	return out
}

// linesBackwards gives the lines of a text, last first.
func linesBackwards(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			text = strings.TrimSuffix(text, "\n")
			i := strings.LastIndexByte(text, '\n') + 1
			if !yield(strings.TrimSuffix(text[i:], "\r")) {
				return
			}
			text = text[:i]
		}
	}
}

// mineConnections lists the remote ends of a process's connections.
func mineConnections(list []bundles.Connection, process string) []string {
	var out []string
	for _, c := range list {
		ok, err := path.Match(strings.ToLower(process), strings.ToLower(c.Process))
		if err != nil || !ok {
			continue
		}
		if target, ok := remoteOf(c); ok {
			out = appendOnce(out, target)
		}
	}
	return out
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
