// Package software lists installed programs, features of the server and updates
// of the system, as the registry has them. What the profile does not name is
// counted only.
package software

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/registry"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Where Windows lists what is installed.
const (
	programs64 = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`
	programs32 = `HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall`
	components = `HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache`
	packages   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages`
)

const (
	maxKeys    = 50_000 // of one list
	maxUpdates = 200
	// installed is the state of a package that is there and in force.
	installed = 112
)

// Open opens a key of the registry.
type Open func(path string) (registry.Key, error)

// Read reads what a profile asks for. The error joins what could not be read.
func Read(ctx context.Context, p profiles.Software, open Open) (bundles.Software, error) {
	r := reader{ctx: ctx, open: open, f: bundles.Software{Items: []bundles.Product{}}}
	r.each(programs64, func(k registry.Key, _ string) { r.program(k, p.Names, 64) })
	r.each(programs32, func(k registry.Key, _ string) { r.program(k, p.Names, 32) })
	if len(p.Features) > 0 {
		r.each(components, func(k registry.Key, name string) { r.feature(k, name, p.Features) })
	}
	if p.Updates {
		r.updates()
	}
	r.f.Taken = time.Now().UTC()
	return r.f, errors.Join(r.errs...)
}

type reader struct {
	ctx  context.Context
	open Open
	f    bundles.Software
	errs []error
}

// each visits the keys below one.
func (r *reader) each(path string, visit func(registry.Key, string)) {
	for _, name := range r.below(path) {
		if r.ctx.Err() != nil {
			r.errs = append(r.errs, r.ctx.Err())
			return
		}
		k, err := r.open(path + `\` + name)
		if err != nil {
			r.fail(path+`\`+name, err)
			continue
		}
		visit(k, name)
		k.Close()
	}
}

// below lists the keys below one; of one that is not there there are none.
func (r *reader) below(path string) []string {
	k, err := r.open(path)
	if err != nil {
		r.fail(path, err)
		return nil
	}
	defer k.Close()
	names, err := k.Subkeys(maxKeys)
	if err != nil {
		r.fail(path, err)
	}
	return names
}

// fail keeps an error; what has gone meanwhile, or never was there, is none.
func (r *reader) fail(path string, err error) {
	if !errors.Is(err, fs.ErrNotExist) && len(r.errs) < 10 {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", path, err))
	}
}

func (r *reader) program(k registry.Key, names []string, bits int) {
	name, ok := registry.Text(k, "DisplayName")
	switch {
	case !ok || name == "":
		return // a part of another program
	case !profiles.LikeAny(names, name):
		r.f.Others++
		return
	}
	p := bundles.Product{Name: name, Bits: bits}
	p.Version, _ = registry.Text(k, "DisplayVersion")
	p.Publisher, _ = registry.Text(k, "Publisher")
	p.Installed, _ = registry.Text(k, "InstallDate")
	r.f.Items = append(r.f.Items, p)
}

func (r *reader) feature(k registry.Key, name string, list []string) {
	state, ok := registry.Number(k, "InstallState")
	switch {
	case !ok || state != 1:
	case profiles.LikeAny(list, name):
		r.f.Features = append(r.f.Features, name)
	default:
		r.f.OtherFeatures++
	}
}

// updates reads the packages that bring updates; all other packages are parts
// of the system itself.
func (r *reader) updates() {
	seen := map[string]bool{}
	for _, name := range r.below(packages) {
		title := updateName(name)
		if title == "" || seen[title] || r.ctx.Err() != nil {
			continue
		}
		k, err := r.open(packages + `\` + name)
		if err != nil {
			r.fail(packages+`\`+name, err)
			continue
		}
		if state, ok := registry.Number(k, "CurrentState"); ok && state == installed {
			seen[title] = true
			r.f.Updates = append(r.f.Updates, bundles.Update{Name: title, Installed: installTime(k)})
		}
		k.Close()
	}
	if err := r.ctx.Err(); err != nil {
		r.errs = append(r.errs, err)
	}
	sort.Sort(newest(r.f.Updates))
	r.f.Updates = r.f.Updates[:min(len(r.f.Updates), maxUpdates)]
}

// newest sorts updates, those without a time last.
type newest []bundles.Update

func (l newest) Len() int      { return len(l) }
func (l newest) Swap(i, j int) { l[i], l[j] = l[j], l[i] }

func (l newest) Less(i, j int) bool {
	a, b := l[i].Installed, l[j].Installed
	switch {
	case a == nil || b == nil:
		return a != nil
	case a.Equal(*b):
		return l[i].Name < l[j].Name
	}
	return a.After(*b)
}

// updateName tells from the name of a package which update it is part of:
// "Package_for_KB5031364~31bf3856ad364e35~amd64~~20348.2031.1.11",
// "Package_1_for_KB...", "Package_for_RollupFix~...". Empty: of none.
func updateName(name string) string {
	parts := strings.Split(name, "~")
	head, what, ok := strings.Cut(parts[0], "_for_")
	if !ok || !strings.HasPrefix(head, "Package") {
		return ""
	}
	if what == "RollupFix" {
		return what + " " + parts[len(parts)-1]
	}
	what, _, _ = strings.Cut(what, "_")
	if strings.HasPrefix(what, "KB") {
		return what
	}
	return ""
}

// installTime is in units of 100 ns since 1601, in two halves.
func installTime(k registry.Key) *time.Time {
	high, ok := registry.Number(k, "InstallTimeHigh")
	low, ok2 := registry.Number(k, "InstallTimeLow")
	if !ok || !ok2 || high > 1<<31 || low > 1<<32-1 {
		return nil
	}
	const unix = 11_644_473_600 // seconds from 1601 to 1970
	n := high<<32 | low
	sec := int64(n/1e7) - unix
	if sec < 0 || sec > 1<<33 {
		return nil
	}
	t := time.Unix(sec, int64(n%1e7)*100).UTC()
	return &t
}
