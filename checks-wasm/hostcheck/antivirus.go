package hostcheck

import (
	_ "embed"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed antivirus-exclusions.md
var antivirusDoc string

const (
	// scannerCPU is the share of all cores above which a scanner's work is a symptom.
	scannerCPU = 0.20
	// symptomRetry is how often what a scanner disturbs is tried again.
	symptomRetry = 15 * time.Minute
	// scanBlocked are records of Defender about files or programs of the product.
	scanBlocked = "antivirus-blocked"
	// seriesScanner is the CPU of the processes that the collector samples.
	seriesScanner = "antivirus-cpu"
	// defenderProgram is the program of Defender.
	defenderProgram = "msmpeng.exe"
)

// AntivirusOptions says for which machines a pack takes the check, and which
// folders scanners have to leave alone there.
type AntivirusOptions struct {
	Roles []string
	OS    []string // empty: any
	Since string   // pack version that introduced it
	// Folders lists, without drive, the folders of a deployment that have to be
	// excluded if they exist. Known lists those of all deployments: what the
	// collector names beyond them is where the product is really installed, and
	// counts always.
	Folders func(deployment string) []string
	Known   []string
	// Either says that one of the folders is enough: they are names of one place.
	Either bool
	// Symptoms are signatures of lines that a scanner causes.
	Symptoms []string
}

// Antivirus is the check antivirus-exclusions: whether virus scanners leave the
// product's folders alone.
func Antivirus(o AntivirusOptions) *check.Check {
	use := asrlogs.Use(o.Symptoms...)
	events := asrlogs.EventRecordLog()
	if !slices.Contains(use.Inputs, events.Input()) {
		use.Inputs = append(use.Inputs, events.Input())
	}
	use.Formats = append(use.Formats, events.Format)
	use.Scans = append(use.Scans, scan.Scan{
		ID: scanBlocked, Input: events.ID, Format: events.Format.ID, IgnoreCase: true, MaxHits: 100,
		Any: []scan.Pattern{{Regexp: `"Microsoft-Windows-Windows Defender",\s*"id"\s*:\s*(?:1116|1117|1121)\b.*(?:ProgramData\\\\ASR|Azure Site Recovery|Azure Recovery Services|\\\\(?:cxps|svagents|cbengine|appservice|s2|tmansvc|ProcessServer)\.exe)`}},
	})
	return &check.Check{
		ID: "antivirus-exclusions", Title: "Virus scanners leave the product's folders alone", Doc: antivirusDoc,
		URL: "https://learn.microsoft.com/en-us/azure/site-recovery/vmware-azure-set-up-source#azure-site-recovery-folder-exclusions-from-antivirus-program", Since: o.Since, Article: []string{"step 5"},
		Roles: o.Roles, OS: o.OS, Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs:  append(append(use.Inputs, ProcessInputs()...), check.Fact("antivirus"), check.OptionalFact("files"), check.OptionalFact("probes"), SampledInput()),
		Formats: use.Formats, Scans: use.Scans,
		Series: []scan.Series{{ID: seriesScanner, Metric: bundles.MetricProcessCPU, WindowSeconds: fullWindow.Seconds(), Reduce: []string{"mean", "max"}}},
		Run:    func(p *check.Pass) error { return runAntivirus(p, o) },
	}
}

func runAntivirus(p *check.Pass, o AntivirusOptions) error {
	fact, err := check.Load[bundles.Antivirus](p, "antivirus")
	if check.IsMissing(err) {
		p.Insufficient("antivirus: the collector read it and stored nothing", askElevated(p))
		return nil
	}
	if err != nil {
		return err
	}
	v := antivirus{p: p, o: o, fact: fact, folders: foldersOf(p, o, fact)}
	if p.Role == bundles.RoleUnknown && len(v.folders) == 0 {
		p.NotApplicable("the role is unknown, and none of the product's folders is there")
		return nil
	}
	s := scanningOf(fact)
	found := 0
	for _, other := range s.others {
		v.reportOther(other)
		found++
	}
	if s.defender && v.judgeDefender() {
		found++
	}
	v.unclear = append(v.unclear, s.unclear...)
	if reason, ok := p.Unread("antivirus"); !ok && !(v.fine != "" && v.errorsKnown()) {
		v.unclear = append(v.unclear, reason)
	}
	switch {
	case len(v.unclear) > 0:
		p.Insufficient(strings.Join(v.unclear, "; "), askElevated(p))
	case found == 0 && v.fine != "":
		p.Pass(v.fine)
	case found == 0:
		p.Pass(strings.Join(append([]string{"no virus scanner watches files"}, s.idle...), "; "))
	}
	return nil
}

// antivirus is one run of the check.
type antivirus struct {
	p       *check.Pass
	o       AntivirusOptions
	fact    bundles.Antivirus
	folders []folder
	unclear []string
	fine    string // why Defender is no reason to worry
}

// errorsKnown reports whether what could not be read is lists and settings of
// Defender, of which the others said enough.
func (v *antivirus) errorsKnown() bool {
	return slices.ContainsFunc(v.fact.Exclusions, func(l bundles.ExclusionList) bool { return l.Error != "" }) ||
		v.fact.Defender != nil && slices.ContainsFunc(v.fact.Defender.Settings, func(s bundles.DefenderSetting) bool { return s.Error != "" })
}

// folder is one that has to be excluded: as it is written, plain, and plain where
// links lead.
type folder struct {
	item        int // of the fact's folders
	text        string
	plain, real string
}

// foldersOf lists the folders that exist and count on this machine.
func foldersOf(p *check.Pass, o AntivirusOptions, fact bundles.Antivirus) (list []folder) {
	files, _ := check.Load[bundles.Files](p, "files")
	listed := o.Folders(p.Deployment)
	for i, text := range fact.Folders {
		f := folder{item: i, text: strings.TrimRight(text, `\`), plain: plainPath(text)}
		bare := withoutDrive(f.plain)
		if slices.ContainsFunc(o.Known, func(k string) bool { return strings.EqualFold(k, bare) }) &&
			!slices.ContainsFunc(listed, func(k string) bool { return strings.EqualFold(k, bare) }) {
			continue
		}
		f.real = realPath(files, f.plain)
		if !slices.ContainsFunc(list, func(have folder) bool { return have.plain == f.plain }) {
			list = append(list, f)
		}
	}
	return list
}

// realPath follows a link that a plain path begins with.
func realPath(files bundles.Files, path string) string {
	for _, f := range files.Items {
		from := plainPath(f.Path)
		if f.LinkTarget != "" && from != "" && (path == from || strings.HasPrefix(path, from+`\`)) {
			return plainPath(f.LinkTarget) + path[len(from):]
		}
	}
	return path
}

// systemDrive is the drive on which the machine's own folders are.
func (v *antivirus) systemDrive() string {
	for _, f := range v.fact.Folders {
		if plain := plainPath(f); len(plain) > 1 && plain[1] == ':' && (strings.HasPrefix(plain[2:], `\programdata`) || strings.HasPrefix(plain[2:], `\windows`)) {
			return plain[:2]
		}
	}
	return "c:"
}

// missing lists the folders that no exclusion names. Either the folder or the place
// where it leads must be excluded.
func (v *antivirus) missing(e exclusions) (list []folder) {
	for _, f := range v.folders {
		covered := e.covers(f.plain) || e.covers(f.real)
		if covered && v.o.Either {
			return nil
		}
		if !covered {
			list = append(list, f)
		}
	}
	return list
}

// judgeDefender compares the folders with the exclusions. What is hidden may be
// excluded.
func (v *antivirus) judgeDefender() (found bool) {
	if len(v.folders) == 0 {
		v.unclear = append(v.unclear, "none of the product's folders was found")
		return false
	}
	e := exclusionsOf(v.fact, v.systemDrive())
	missing := v.missing(e)
	if passiveUnknown(v.fact) {
		e.unclear = append(e.unclear, "whether Microsoft Defender is passive was not read")
	}
	switch {
	case len(missing) == 0:
		v.fine = "Microsoft Defender watches files and leaves " + check.Count(int64(len(v.folders)), "folder", "folders") + " of the product alone"
		return false
	case len(e.unclear) > 0:
		v.unclear = append(v.unclear, e.unclear...)
		return false
	}
	v.reportMissing(missing, e)
	return true
}
