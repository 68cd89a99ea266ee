package hostcheck

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// change is one that was made in the span looked at.
type change struct {
	t    time.Time
	what string // "ProxySettings changed"
	at   abi.Evidence
}

// changes are those of a span, its end included.
type changes struct {
	p        *check.Pass
	from, to time.Time
	list     []change
}

func (c *changes) add(t *time.Time, what string, at func() abi.Evidence) {
	if t != nil && t.After(c.from) && !t.After(c.to) {
		c.list = append(c.list, change{*t, what, at()})
	}
}

// registry takes keys by their last write: which of their values changed is not
// known.
func (c *changes) registry(keys []Place) {
	fact, _ := check.Load[bundles.Registry](c.p, "registry")
	for i, k := range fact.Items {
		if n := slices.IndexFunc(keys, func(want Place) bool { return strings.EqualFold(want.Key, k.Key) }); n >= 0 && k.Exists {
			c.add(k.LastWrite, keys[n].Name+" changed", func() abi.Evidence { return c.p.At("registry", check.Item(i, "last_write"), *k.LastWrite) })
		}
	}
}

func (c *changes) config() {
	fact, _ := check.Load[bundles.Config](c.p, "config")
	for i, f := range fact.Items {
		if f.Exists {
			c.add(f.LastWrite, baseName(f.File)+" changed", func() abi.Evidence { return c.p.At("config", check.Item(i, "last_write"), *f.LastWrite) })
		}
	}
}

func baseName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

func (c *changes) files(places []Place) {
	fact, _ := check.Load[bundles.Files](c.p, "files")
	for i, f := range fact.Items {
		if n := slices.IndexFunc(places, func(want Place) bool { return want.Key == f.Name || endsLike(f.Path, want.Path) }); n >= 0 && f.Exists {
			c.add(f.MTime, places[n].Name+" changed", func() abi.Evidence { return c.p.At("files", check.Item(i, "mtime"), *f.MTime) })
		}
	}
}

// endsLike compares the end of a path without case; separators are alike.
func endsLike(path, end string) bool {
	return end != "" && strings.HasSuffix(strings.ToLower(strings.ReplaceAll(path, `\`, "/")), strings.ToLower(end))
}

func (c *changes) updates() {
	fact, _ := check.Load[bundles.Software](c.p, "software")
	for i, u := range fact.Updates {
		c.add(u.Installed, "update "+u.Name+" was installed", func() abi.Evidence {
			return c.p.At("software", "/updates/"+strconv.Itoa(i)+"/installed", *u.Installed)
		})
	}
}

func (c *changes) restart() {
	fact, err := check.Load[bundles.HostFact](c.p, "host")
	if err == nil {
		c.add(fact.BootTime, "the machine started", func() abi.Evidence { return c.p.At("host", "/boot_time", *fact.BootTime) })
	}
}

// records are those of the system's event log.
func (c *changes) records() {
	for h := range c.p.Hits(scanChange) {
		what := "an update of Windows was installed"
		switch f := h.Fields; {
		case f["update"] != "":
			what = "update " + f["update"] + " was installed"
			if c.known(f["update"]) {
				continue
			}
		case f["restart"] != "":
			what = "a restart was asked for"
		case f["crash"] != "" || f["power"] != "":
			what = "the machine had ended without shutdown"
		case f["service"] != "":
			what = "start type of " + f["service"] + " changed"
		}
		c.add(h.Time, what, func() abi.Evidence { return check.At(h) })
	}
}

// known reports whether the list of updates has the one of a record's title.
func (c *changes) known(title string) bool {
	return slices.ContainsFunc(c.list, func(have change) bool {
		name, ok := strings.CutPrefix(have.what, "update ")
		name, _, _ = strings.Cut(name, " ")
		return ok && name != "" && strings.Contains(title, name)
	})
}

// report tells the changes in order of time, and what failed after them.
func (c *changes) report(first failure) {
	slices.SortStableFunc(c.list, func(a, b change) int { return a.t.Compare(b.t) })
	last := c.list[len(c.list)-1]
	var words []string
	var at []abi.Evidence
	for _, ch := range c.list[max(0, len(c.list)-maxChanges):] {
		words, at = append(words, c.p.Clock(ch.t)+" "+ch.what), append(at, ch.at)
	}
	f := check.Finding{
		Subject: "changes", Key: "before-first-failure", Severity: abi.Info, State: first.state, FirstSeen: &c.list[0].t, LastSeen: &last.t, Count: int64(len(c.list)),
		Title: capital(cut(last.what, 60)) + " " + c.p.Clock(last.t) + "; first failure " + c.p.Clock(first.at),
		Detail: "What changed shortly before something began to fail is often its cause. In order of time: " + strings.Join(words, "; ") + "; " +
			c.p.Clock(first.at) + " first failure: " + shortened(firstLine(first.hit.Text)) + ".",
		Remedy:   []string{"Find out who made the change and why, and whether what failed depends on it. If so, take it back, or complete it."},
		Evidence: append(at, check.At(first.hit)),
	}
	if n := len(c.list); n > 1 {
		f.Title = strconv.Itoa(n) + " changes, the last: " + cut(last.what, 40) + " " + c.p.Clock(last.t) + "; first failure " + c.p.Clock(first.at)
	}
	if n := len(c.list) - maxChanges; n > 0 {
		f.Detail += " " + check.Count(int64(n), "earlier change is", "earlier changes are") + " left out."
	}
	if first.open {
		f.Detail += " The log begins with the failure: it may be older."
	}
	f.Detail += " Looked at: the 24 h before the first failure; of a key of the registry only the time of its last change is known, not the value."
	c.p.Report(f)
}

// cut shortens what stands in a title.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-3]) + "..."
	}
	return s
}

// capital begins a title, but leaves the name of a file as it is.
func capital(s string) string {
	if word, _, _ := strings.Cut(s, " "); strings.Contains(word, ".") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
