package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/analyzer/internal/safetext"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// bundleVerb writes text about a bundle, and gives notes that are not part of
// it. The error is an *Error or one of writing.
func bundleVerb(ctx context.Context, j BundleJob, packs func() ([]*packfile.Pack, error), temp string, keys archive.Unlocker, out io.Writer) (notes []string, err error) {
	b, in, err := openAny(ctx, j.Path, archive.Options{Temp: temp, Inner: j.Inner, Unlocker: keys}, rawOptions{packs: packs})
	if several := asError(err); err != nil && several.Code == CodeSeveral && (j.Verb == "info" || j.Verb == "ls") {
		return nil, several.list(out)
	}
	if err != nil {
		return nil, err
	}
	defer b.Close()
	v := &verb{bundle: b, integrity: in, out: out, job: j}
	if in.Raw() && j.Verb != "info" {
		notes = append(notes, rawNote)
	}
	return append(notes, in.private...), v.run(ctx)
}

// rawNote says of a bundle that there is none.
const rawNote = "no bundle, but raw logs: the folders are those where a bundle would have them"

func (v *verb) run(ctx context.Context) error {
	switch v.job.Verb {
	case "info":
		return v.info()
	case "ls":
		return v.list()
	case "cat":
		return v.cat()
	case "verify":
		return v.verify(ctx)
	}
	return errorf(CodeUsage, "info, ls, cat or verify", "bundle verb %q is unknown", v.job.Verb)
}

// list writes what bundles an archive holds, a line each. It fails when one of
// them cannot be opened.
func (e *Error) list(out io.Writer) error {
	bad := 0
	for _, in := range e.Inner {
		text := "bundle      " + in.Name
		if in.Error != nil {
			bad++
			text = "unreadable  " + in.Error.Msg
		}
		if _, err := io.WriteString(out, safetext.Clean(text)+"\n"); err != nil {
			return err
		}
	}
	for _, note := range e.Notes {
		if _, err := io.WriteString(out, safetext.Clean("note        "+note)+"\n"); err != nil {
			return err
		}
	}
	if bad > 0 {
		return errorf(CodeDamaged, e.Hint, "of what should be bundles, some cannot be opened: %d", bad)
	}
	return nil
}

// verb is one command about one bundle.
type verb struct {
	bundle    *bundles.Bundle
	integrity Integrity
	out       io.Writer
	job       BundleJob
}

// printf writes text made safe.
func (v *verb) printf(format string, args ...any) error {
	_, err := io.WriteString(v.out, safetext.Clean(fmt.Sprintf(format, args...)))
	return err
}

// field writes one line of info, none when there is nothing to say.
func (v *verb) field(name string, value any) error {
	text := strings.TrimSpace(strings.ReplaceAll(fmt.Sprint(value), "\n", " "))
	if text == "" {
		return nil
	}
	return v.printf("%-12s %s\n", name, text)
}

func (v *verb) info() error {
	m, h := v.bundle.Manifest, v.bundle.Host()
	var errs []error
	add := func(name string, value any) { errs = append(errs, v.field(name, value)) }
	add("file", v.integrity.File)
	if v.integrity.Raw() {
		add("kind", rawReason)
	} else {
		add("id", v.bundle.Header.ID)
		add("format", fmt.Sprintf("%d.%d", v.bundle.Header.Version, v.bundle.Header.Minor))
		add("created", stamp(v.bundle.Header.Created))
	}
	add("case", m.Case)
	add("host", h.Name)
	add("os", strings.TrimSpace(h.OS+" "+h.OSVersion))
	add("role", v.role(h))
	add("deployment", h.Deployment)
	add("time zone", h.TimeZone)
	switch {
	case v.integrity.Raw():
	case v.bundle.Cut:
		add("cut off", v.bundle.CutReason)
	default:
		add("window", fmt.Sprintf("%s to %s, %d of %d samples", stamp(m.Window.Start), stamp(m.Window.End), m.Window.Samples, m.Window.ExpectedSamples))
		add("collector", fmt.Sprintf("%s %s/%s, elevated: %t", m.Collector.Version, m.Collector.OS, m.Collector.Arch, m.Collector.Elevated))
		add("profile", strings.TrimSpace(m.Profile.Name+" "+m.Profile.Version))
		add("privacy", m.Privacy.Mode)
	}
	for _, note := range v.integrity.Notes {
		add("note", note)
	}
	add("simulated", strings.Join(m.Simulated, ", "))
	add("files", fmt.Sprintf("%d, %d bytes", len(v.bundle.Paths()), v.totalBytes()))
	return errors.Join(append(errs, v.sources())...)
}

// role says of one that is guessed what it is guessed from.
func (v *verb) role(h bundles.Host) string {
	if !v.integrity.Raw() {
		return h.Role
	}
	return h.Role + ", " + strings.Join(h.RoleEvidence, ", ")
}

// sources lists those that are not whole.
func (v *verb) sources() error {
	for _, s := range v.bundle.Manifest.Sources {
		if s.Status == bundles.StatusOK {
			continue
		}
		if err := v.field("source", strings.TrimSuffix(s.Name+": "+s.Status+": "+s.Error, ": ")); err != nil {
			return err
		}
	}
	return nil
}

func (v *verb) totalBytes() (n int64) {
	for _, name := range v.bundle.Paths() {
		if info, err := fs.Stat(v.bundle.FS, name); err == nil {
			n += info.Size()
		}
	}
	return n
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// list writes size, time of the source file and path of every file that one of
// the globs matches.
func (v *verb) list() error {
	for _, name := range v.bundle.Paths() {
		if !v.wanted(name) {
			continue
		}
		var size int64
		if info, err := fs.Stat(v.bundle.FS, name); err == nil {
			size = info.Size()
		}
		row, _ := v.bundle.File(name)
		mtime := "-"
		if row.MTime != nil {
			mtime = stamp(*row.MTime)
		}
		if err := v.printf("%12d  %-20s  %s%s\n", size, cmp.Or(mtime, "-"), name, partOf(row)); err != nil {
			return err
		}
	}
	return nil
}

// partOf says which part of its source file a stored file is; nothing for a whole.
func partOf(f bundles.File) string {
	if len(f.Ranges) == 0 {
		return ""
	}
	last := f.Ranges[len(f.Ranges)-1]
	text := fmt.Sprintf("  (bytes %d to %d", f.Ranges[0][0], last[1])
	if f.OriginalSize != nil {
		text += fmt.Sprintf(" of %d", *f.OriginalSize)
	}
	if f.FirstLine > 1 {
		text += fmt.Sprintf(", from line %d", f.FirstLine)
	}
	return text + ")"
}

func (v *verb) wanted(name string) bool {
	for _, glob := range v.job.Args {
		if bundles.Glob(glob, name) {
			return true
		}
	}
	return len(v.job.Args) == 0
}

// cat writes files one after the other.
func (v *verb) cat() error {
	for _, name := range v.job.Args {
		if err := v.catFile(name); err != nil {
			return err
		}
	}
	return nil
}

func (v *verb) catFile(name string) error {
	if !v.bundle.Has(name) {
		return errorf(CodeNoFile, "asrdiag bundle ls names the files", "the bundle has no file %q", name)
	}
	f, err := v.bundle.FS.Open(name)
	if err != nil {
		return errorf(CodeDamaged, "asrdiag bundle verify names all that is damaged", "read %q: %v", name, err)
	}
	defer f.Close()
	out := v.out
	if !v.job.Raw {
		row, _ := v.bundle.File(name)
		out = safetext.NewWriter(v.out, row.Encoding)
	}
	if _, err := io.Copy(out, f); err != nil {
		return errorf(CodeDamaged, "asrdiag bundle verify names all that is damaged", "read %q: %v", name, err)
	}
	if w, ok := out.(*safetext.Writer); ok {
		return w.Flush()
	}
	return nil
}

// verify lists what is not as the manifest says, and fails when something is.
func (v *verb) verify(ctx context.Context) error {
	if err := v.integrity.verify(ctx, v.bundle, nil); err != nil {
		return err
	}
	for _, p := range v.integrity.Problems {
		if err := v.printf("%-10s  %s\n", p.Kind, strings.TrimPrefix(p.Path+": "+p.Detail, ": ")); err != nil {
			return err
		}
	}
	if n := len(v.integrity.Problems); n > 0 {
		return errorf(CodeDamaged, "ask for the bundle again; analyze still uses what is whole", "%s: problems: %d", v.broken(), n)
	}
	if v.integrity.Raw() {
		return v.printf("ok: %d files can be read to their end; they are raw logs, and no manifest says what they should be\n", len(v.bundle.Paths()))
	}
	return v.printf("ok: %d files are what the manifest says\n", len(v.bundle.Paths()))
}

// broken says what it means that there are problems.
func (v *verb) broken() string {
	if v.integrity.Raw() {
		return "not all of the raw logs can be read"
	}
	return "the bundle is not what its manifest says"
}
