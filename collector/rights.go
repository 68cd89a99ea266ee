package collector

import (
	"context"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Denial is one thing that a run has no right to read.
type Denial struct {
	What string
	Why  string // the check or the step that needs it, as the profile says
}

// Elevated reports whether this program may read everything.
func Elevated() bool { return elevated() }

// Denials says what a run with these options would be denied. It looks at files
// and folders like ShowRun, and reads all of the registry that the profile names.
func Denials(ctx context.Context, opt Options) ([]Denial, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	p, err := chooseProfile(ctx, opt)
	if err != nil {
		return nil, err
	}
	v := &viewer{ctx: ctx, opt: opt, p: p, known: readSettings(ctx, p), red: redact.New(redact.Options{})}
	return denials(p, v.show().Items, v.known.reg.Items), ctx.Err()
}

// denials picks what could not be seen.
func denials(p *profiles.Profile, items []PreviewItem, keys []bundles.RegistryKey) []Denial {
	var out []Denial
	if len(p.Processes.Watch) > 0 {
		out = append(out, Denial{"command lines of " + strings.Join(p.Processes.Watch, ", "), p.Processes.Why})
	}
	for _, k := range keys {
		if k.Error != "" {
			out = append(out, Denial{k.Key, whyOf(p, k.Key)})
		}
	}
	for _, item := range items {
		for _, n := range item.Notes {
			if strings.HasPrefix(n, cannotSee) || strings.HasPrefix(n, cannotRead) {
				out = append(out, Denial{item.Kind + ": " + item.Name, item.Why})
				break
			}
		}
	}
	return out
}

func whyOf(p *profiles.Profile, key string) string {
	for _, r := range p.Registry {
		if strings.EqualFold(r.Key, key) {
			return r.Why
		}
	}
	return ""
}

// How notes begin that tell of missing rights.
const (
	cannotSee  = "cannot be seen: "
	cannotRead = "cannot be read: "
)
