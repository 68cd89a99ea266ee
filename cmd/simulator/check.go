package simulator

import (
	"archive/zip"
	"context"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/collector"
)

// bundleName is what asrcollect may call a bundle, whatever the machine's name.
var bundleName = regexp.MustCompile(`^asr-bundle-[A-Za-z0-9._-]+\.zip$`)

// logAge is that of logs which asrcollect leaves out by default.
const logAge = 72 * time.Hour

// Check reads a bundle back and says in words, a line each, what is not as it
// should be: its hashes, the exit code, the incident's expectations, and every
// log of the machine, which must be there in full.
func (m *Machine) Check(ctx context.Context, c Collection) ([]string, error) {
	if len(m.Incident.Run.Raw) > 0 {
		return m.checkRaw(c.Path)
	}
	s, err := m.openSecrets(collector.PrivacyStandard, "")
	if err != nil {
		return nil, err
	}
	defer s.reveal.Close()
	return m.check(ctx, c, s)
}

// check is Check of a bundle whose names are known.
func (m *Machine) check(ctx context.Context, c Collection, s *secrets) ([]string, error) {
	r, err := bundlezip.Open(c.Path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := bundles.Open(r)
	if err != nil {
		return nil, err
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if want := m.Incident.Run.Exit; c.Code != want && !(want == 0 && c.Code == lackingCode && len(m.lacking(b)) == 0) {
		say("exit code %d, want %d\n%s%s", c.Code, want, c.Stderr, strings.Join(m.lacking(b), "\n"))
	}
	if !bundleName.MatchString(c.Name) {
		say("the bundle's name %q is not for every system", c.Name)
	}
	integrity, err := b.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range integrity.Problems {
		say("the bundle is not whole: %+v", p)
	}
	for _, p := range m.logs {
		if why := m.missing(b, p); why != "" {
			say("%s: %s", p.path, why)
		}
	}
	for _, e := range m.Incident.Expect {
		if why := e.Check(s.shown(b), m.Vars); why != "" {
			say("expected %s: %s", e, why)
		}
	}
	return out, nil
}

// tooLate ends the error of metrics whose samples came when the machine beneath
// let them.
const tooLate = "came too late"

// lackingCode is asrcollect's exit code for a bundle that lacks something.
const lackingCode = 3

// lacking lists the sources that lack something. Those that Wine does not have
// are told by the deployment; samples that come too late are no fault of the
// program on a machine where several run at the same time.
func (m *Machine) lacking(b *bundles.Bundle) []string {
	var out []string
	for _, s := range b.Manifest.Sources {
		late := s.Name == "metrics" && strings.HasSuffix(s.Error, tooLate)
		whole := s.Status == bundles.StatusOK || s.Status == bundles.StatusSkipped
		if !whole && !late && !slices.Contains(strings.Fields(m.Vars["wine-lacks"]), s.Name) {
			out = append(out, fmt.Sprintf("%s: %s: %.300s", s.Name, s.Status, s.Error))
		}
	}
	return out
}

// checkRaw checks an archive of raw files: every log of the packed folders is in
// it as it lies on the disk. What the deployment expects is about facts.
func (m *Machine) checkRaw(name string) (out []string, err error) {
	r, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	c := contents{FS: r}
	sizes := map[uint64]bool{}
	for _, f := range r.File {
		c.paths = append(c.paths, f.Name)
		sizes[uint64(f.CRC32)<<32|f.UncompressedSize64] = true
	}
	for _, p := range m.logs {
		within := func(folder string) bool { return m.below(p.path, m.Vars.Expand(folder)) }
		key := uint64(crc32.ChecksumIEEE(p.data))<<32 | uint64(len(p.data))
		if slices.ContainsFunc(m.Incident.Run.Raw, within) && !sizes[key] {
			out = append(out, p.path+": not in the archive as it is")
		}
	}
	for _, e := range m.Incident.Expect[m.Incident.base:] {
		if why := e.Check(c, m.Vars); why != "" {
			out = append(out, fmt.Sprintf("expected %s: %s", e, why))
		}
	}
	return out, nil
}

// below reports whether a file lies in a folder.
func (m *Machine) below(path, folder string) bool {
	return strings.HasPrefix(strings.ToLower(m.resolve(path)), strings.ToLower(m.resolve(folder+`\`)))
}

// missing says why a log of the machine is not in the bundle as it lies on the
// disk; empty: it is. A path with a junction may be told by what is behind it.
func (m *Machine) missing(b *bundles.Bundle, p piece) string {
	if m.excused(p.path) || m.Now.Sub(p.last) > logAge {
		return ""
	}
	i := slices.IndexFunc(b.Manifest.Files, func(f bundles.File) bool { return m.same(f.SourcePath, p.path) })
	if i < 0 {
		return "the log is not in the bundle"
	}
	f := b.Manifest.Files[i]
	raw, err := bundles.ReadLimited(b.FS, f.Path, 1<<30)
	switch {
	case err != nil:
		return err.Error()
	case len(f.Redactions) > 0:
		if have, want := strings.Count(string(raw), "\n"), strings.Count(string(p.plain), "\n"); have != want {
			return fmt.Sprintf("%d lines, want %d", have, want)
		}
	case !strings.HasPrefix(string(raw), string(p.plain)):
		return fmt.Sprintf("%d bytes that are not the log's %d", len(raw), len(p.plain))
	}
	return ""
}

// excused reports whether the incident says that a log cannot be had as it is:
// somebody holds it, or it grows.
func (m *Machine) excused(path string) bool {
	return slices.ContainsFunc(m.Incident.Actions, func(a Action) bool {
		return (a.Verb == holds || a.Verb == rotates) && strings.EqualFold(m.Vars.Expand(a.Object), path)
	}) || slices.ContainsFunc(strings.Fields(m.Vars["not-collected"]), func(name string) bool {
		return strings.HasSuffix(strings.ToLower(path), strings.ToLower(name))
	})
}

// same reports whether two paths mean one file: junctions are resolved as the
// incident has made them.
func (m *Machine) same(a, b string) bool { return strings.EqualFold(m.resolve(a), m.resolve(b)) }

func (m *Machine) resolve(path string) string {
	for _, f := range m.Incident.Files {
		link := m.Vars.Expand(f.Path)
		if f.Link != "" && len(path) > len(link) && strings.EqualFold(path[:len(link)+1], link+`\`) {
			return m.Vars.Expand(f.Link) + path[len(link):]
		}
	}
	return path
}
