package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Kinds of PreviewItem, in the order in which they are shown.
const (
	PreviewState       = "state of the machine"
	PreviewServices    = "services"
	PreviewProcesses   = "processes and connections"
	PreviewRegistry    = "registry"
	PreviewConfig      = "configuration files"
	PreviewFiles       = "paths"
	PreviewInventory   = "cache, certificates, software, events"
	PreviewLogs        = "logs"
	PreviewConnections = "connection tests"
	PreviewCommands    = "programs" // then PreviewNames
)

// PreviewItem is one thing that a run would collect.
type PreviewItem struct {
	Kind string   `json:"kind"`
	Name string   `json:"name"`
	What []string `json:"what"` // paths, globs, keys, targets
	// Files and Size are what is there now; absent: not known.
	Files *int   `json:"files,omitempty"`
	Size  *int64 `json:"size,omitempty"` // bytes
	// Cap is the most that is taken of it, and Takes what that leaves of Size,
	// in bytes; absent: it has none.
	Cap       *int64        `json:"cap,omitempty"`
	Takes     *int64        `json:"takes,omitempty"`
	Treatment string        `json:"treatment"`
	Why       string        `json:"why"`
	Notes     []string      `json:"notes,omitempty"` // what is odd or cannot be seen
	List      []PreviewFile `json:"list,omitempty"`  // files of logs, newest first
}

// PreviewFile is a file that a log source would take.
type PreviewFile struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`
	Takes int64  `json:"takes"` // bytes of it, the newest
	// Also are other log sources that would take it.
	Also []string `json:"also,omitempty"`
}

// Preview says what a run would collect.
type Preview struct {
	Profile      string        `json:"profile"`
	Version      string        `json:"version"`
	Title        string        `json:"title,omitempty"`
	SHA256       string        `json:"sha256"`
	Role         string        `json:"role"`
	Deployment   string        `json:"deployment,omitempty"`
	RoleEvidence []string      `json:"role_evidence,omitempty"`
	Elevated     bool          `json:"elevated"`
	Privacy      string        `json:"privacy"` // mode
	Items        []PreviewItem `json:"items"`
	// Read are the configuration files and registry keys of which the listed
	// values were read, to tell roles and references.
	Read []string `json:"read"`
	// LogFiles and LogSize are what the logs have now, in bytes, Takes what the
	// caps leave of it, before compression.
	LogFiles int   `json:"log_files"`
	LogSize  int64 `json:"log_size"`
	Takes    int64 `json:"takes"`
	// Most is the largest size that the bundle can have; 0: no limit.
	Most int64 `json:"most"`
	// Origin is that of a profile which is not built in.
	Origin *Origin `json:"origin,omitempty"`
	// EncryptTo are the keys for which the bundle would be encrypted; none: it
	// would not. Case is the number of the support case.
	EncryptTo []string `json:"encrypt_to,omitempty"`
	Case      string   `json:"case,omitempty"`
}

// ShowRun says what Run with these options would collect from this machine. It
// looks at the metadata of files and lists folders. It opens no log, connects to
// nothing and starts nothing. Of the configuration files and registry keys that
// role rules and references need, the listed values are read; Preview.Read
// names them.
func ShowRun(ctx context.Context, opt Options) (Preview, error) {
	if err := opt.check(); err != nil {
		return Preview{}, err
	}
	if _, err := readCaseKey(opt.CaseKey); opt.CaseKey != "" && err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Preview{}, err
	}
	c, err := choose(ctx, opt)
	if err != nil {
		return Preview{}, err
	}
	p := c.profile
	if !p.Fits(runtime.GOOS) {
		return Preview{}, &OptionError{fmt.Sprintf("profile %q is not for %s", p.Name, runtime.GOOS), "see the profiles with: asrcollect profiles"}
	}
	to, err := opt.recipients(p)
	if err != nil {
		return Preview{}, err
	}
	v := &viewer{ctx: ctx, opt: opt, p: p, others: c.disagrees, known: readSettings(ctx, p.ForPreview()), red: redact.New(redact.Options{})}
	show := v.show()
	show.Origin, show.EncryptTo, show.Case = c.origin, to.Keys(), opt.caseOf(p)
	return show, nil
}

// viewer makes a Preview.
type viewer struct {
	ctx    context.Context
	opt    Options
	p      *profiles.Profile
	others []string
	known  settings
	red    *redact.Redactor
	out    Preview
}

func (v *viewer) show() Preview {
	r, _ := detector{v.ctx, v.known, v.opt.Bus}.detect(v.p)
	v.out = Preview{
		Profile: v.p.Name, Version: v.p.Version, Title: v.p.Title, SHA256: v.p.SHA256, Role: r.Role, Deployment: r.Deployment, RoleEvidence: append(r.Evidence, v.others...),
		Elevated: elevated(), Privacy: modeOf(v.opt).String(), Most: v.opt.MaxSize, Read: []string{},
	}
	if v.opt.Role != "" {
		v.out.Role, v.out.Deployment, v.out.RoleEvidence = v.opt.Role, "", []string{"given by --role"}
	}
	v.state()
	v.watched()
	v.registry()
	v.config()
	v.files()
	v.inventory()
	v.logs()
	v.targets()
	v.programs()
	v.names()
	v.read()
	v.clean()
	return v.out
}

func (v *viewer) add(item PreviewItem) { v.out.Items = append(v.out.Items, item) }

func (v *viewer) read() {
	for _, k := range v.known.reg.Items {
		if k.Exists {
			v.out.Read = append(v.out.Read, k.Key)
		}
	}
	for _, f := range v.known.conf.Fact.Items {
		if f.Exists && f.Error == "" {
			v.out.Read = append(v.out.Read, f.File)
		}
	}
}

// clean removes secrets from all that came from the machine.
func (v *viewer) clean() {
	v.redact(v.out.Read, v.out.RoleEvidence)
	for i := range v.out.Items {
		item := &v.out.Items[i]
		v.redact(item.What, item.Notes)
		for j := range item.List {
			item.List[j].Path = v.red.String(item.List[j].Path, nil)
		}
	}
}

func (v *viewer) redact(lists ...[]string) {
	for _, list := range lists {
		for i := range list {
			list[i] = v.red.String(list[i], nil)
		}
	}
}
