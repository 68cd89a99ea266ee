package analyzer

import (
	"path"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/bundles"
)

// rawIndexName is the script collector's list of what it took.
const rawIndexName = "asrcollect-index.txt"

// rawIndex is that list. Its head has lines "host NAME" and "os NAME"; then each
// line is a status and what it is about: "ok facts/services.txt", "denied
// logs/cxps: ...".
type rawIndex struct {
	at     string // where it is; empty: there is none
	dir    string // its folder
	host   string
	os     string
	taken  map[string]bool // below its folder
	others []indexLine
}

// indexLine is something that the script did not take.
type indexLine struct{ status, what, why string }

// indexStatus are the words of the list that mean that something is missing.
var indexStatus = map[string]string{
	"denied": bundles.StatusDenied, "skipped": bundles.StatusSkipped, "failed": bundles.StatusFailed,
}

// readIndex reads the list; a line that says nothing known is left out.
func (r *rawReader) readIndex(f *archive.LooseFile) {
	const most = 1 << 20
	raw, err := r.loose.Head(f, most)
	if err != nil {
		return
	}
	x := &r.index
	x.at, x.dir, x.taken = f.Name, path.Dir(f.Name), map[string]bool{rawIndexName: true}
	for line := range strings.Lines(string(raw)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch {
		case word == "host":
			x.host = rest
		case word == "os" && (rest == "windows" || rest == "linux"):
			x.os = rest
		case word == "ok" || word == "partial":
			name, _, _ := strings.Cut(rest, ": ")
			x.taken[strings.ReplaceAll(name, `\`, "/")] = true
		case indexStatus[word] != "":
			what, why, _ := strings.Cut(rest, ": ")
			x.others = append(x.others, indexLine{indexStatus[word], strings.ReplaceAll(what, `\`, "/"), why})
		}
	}
	for i, o := range x.others {
		if i == maxRawNotes {
			r.notes = append(r.notes, "the script could not take more; "+rawIndexName+" lists it")
			break
		}
		r.notes = append(r.notes, "the script did not take "+o.what+": "+o.status+": "+o.why)
	}
}

// extra gives the place of a file that the script took and that is no log.
func (x *rawIndex) extra(name string) (at string, ok bool) {
	if x.at == "" {
		return "", false
	}
	rest := name
	if x.dir != "." {
		if rest, ok = strings.CutPrefix(name, x.dir+"/"); !ok {
			return "", false
		}
	}
	if !x.taken[rest] || strings.HasPrefix(rest, "logs/") {
		return "", false
	}
	return rawExtras + rest, true
}

// status says what the script wrote of a source of which it took nothing.
func (x *rawIndex) status(source string) (status, why string) {
	for _, o := range x.others {
		if o.what == source || strings.HasPrefix(o.what, source+"/") {
			return o.status, o.why
		}
	}
	return "", ""
}
