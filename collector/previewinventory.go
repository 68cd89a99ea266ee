package collector

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/source/cache"
	"github.com/asrdiag/asrdiag/collector/internal/source/certificates"
	"github.com/asrdiag/asrdiag/collector/internal/source/events"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// inventory shows what applies to this system.
func (v *viewer) inventory() {
	p := v.p
	v.cache()
	for _, c := range certificates.Here(p.Certificates) {
		v.certificate(c)
	}
	if f := p.Firewall; hasRegistry && f != nil {
		v.add(PreviewItem{Kind: PreviewInventory, Name: "firewall", What: []string{"ports " + strings.Join(f.Ports, ", ")}, Treatment: "settings; rules for the ports, of others the number", Why: f.Why})
	}
	if a := p.Antivirus; hasRegistry && a != nil {
		v.add(PreviewItem{Kind: PreviewInventory, Name: "antivirus", What: v.folders(a.Folders), Treatment: "scanners; exclusions for the folders, of others the number", Why: a.Why})
	}
	if s := p.Software; hasRegistry && s != nil {
		item := PreviewItem{Kind: PreviewInventory, Name: "software", What: []string{}, Treatment: "names and versions, of others the number", Why: s.Why}
		for _, w := range []struct {
			what string
			list []string
		}{{"programs ", s.Names}, {"features ", s.Features}} {
			if len(w.list) > 0 {
				item.What = append(item.What, w.what+strings.Join(w.list, ", "))
			}
		}
		if s.Updates {
			item.What = append(item.What, "updates of the system")
		}
		v.add(item)
	}
	if events.Here {
		for _, e := range p.Events {
			v.event(e)
		}
	}
}

func (v *viewer) cache() {
	c := v.p.Cache
	if c == nil {
		return
	}
	item := PreviewItem{Kind: PreviewInventory, Name: "cache", What: v.folders([]string{c.Root}), Treatment: fmt.Sprintf("sizes and ages, counted for at most %s, twice", FormatDuration(cache.MaxTime)), Why: c.Why}
	item.What = append(item.What, "waiting: "+strings.Join(c.Folders, ", "))
	v.add(item)
}

// folders are the paths that those of a profile stand for.
func (v *viewer) folders(list []string) []string {
	var out []string
	for _, f := range list {
		if path, ok := v.known.conf.Vars.Expand(f); ok {
			f = path
		}
		out = append(out, f)
	}
	return out
}

func (v *viewer) certificate(c profiles.Certificate) {
	item := PreviewItem{Kind: PreviewInventory, Name: c.Name, Treatment: "public part", Why: c.Why}
	if c.File == "" {
		item.What = []string{"store " + c.Store + ": " + cmp.Or(c.Subject, c.Thumbprint)}
		v.add(item)
		return
	}
	item.What = v.folders([]string{c.File})
	if path, ok := v.known.conf.Vars.Expand(c.File); ok {
		info, _ := paths.Look(v.ctx, c.Name, path)
		item.told(info.Exists, info.Dir, info.Size, info.Error)
	}
	v.add(item)
}

func (v *viewer) event(e profiles.Event) {
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.IDs), " ", ", "), "[]")
	v.add(PreviewItem{
		Kind: PreviewInventory, Name: e.Provider, What: []string{e.Channel + ": " + ids},
		Treatment: fmt.Sprintf("parameters of %d records at most, %d days", cmp.Or(e.Max, profiles.DefaultEvents), cmp.Or(e.Days, profiles.DefaultDays)), Why: e.Why,
	})
}
