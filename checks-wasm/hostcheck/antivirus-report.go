package hostcheck

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// symptom is something that a scanner causes.
type symptom struct {
	words string
	at    abi.Evidence
	on    string // what suffers, as the subject of what it explains; empty: not told
}

// What suffers from a scanner.
const (
	onCache = "cache" // files could not be written because another program had them
	onCPU   = "cpu"
)

// symptoms looks for what a scanner causes: lines of logs that go on, records of
// Defender from the last day, its own load.
func (v *antivirus) symptoms() (list []symptom) {
	for _, id := range v.o.Symptoms {
		if t := v.p.Trail(id, symptomRetry, time.Time{}); t.State != "" && t.State != abi.StateRecovered {
			last := t.Newest()
			s := symptom{words: check.Count(int64(t.Count), "line", "lines") + " like: " + shortened(firstLine(last.Text)), at: check.At(last)}
			if heldByOther(last) {
				s.on = onCache
			}
			list = append(list, s)
		}
	}
	var blocked []scan.Hit
	for h := range v.p.Hits(scanBlocked) {
		if h.Time != nil && v.p.Recent(*h.Time, check.ErrorAge) {
			blocked = append(blocked, h)
		}
	}
	if n := len(blocked); n > 0 {
		list = append(list, symptom{words: check.Count(int64(n), "record", "records") + " of Microsoft Defender about files or programs of the product, the last at " + v.p.Clock(*blocked[n-1].Time), at: check.At(blocked[n-1])})
	}
	return append(list, v.busy()...)
}

// busy is the scanner's own load, by the samples or by two readings.
func (v *antivirus) busy() []symptom {
	for _, s := range SampledLoads(v.p, seriesScanner) {
		if strings.EqualFold(s.Name, defenderProgram) && s.Mean > scannerCPU {
			return []symptom{{words: s.Name + " used " + check.PercentBeside(s.Mean, scannerCPU) + " of the CPU over " + check.Span(s.Over()), at: s.Evidence(v.p), on: onCPU}}
		}
	}
	loads, _ := ProcessLoads(v.p)
	for _, l := range loads {
		if strings.EqualFold(l.Name, defenderProgram) && l.HasCPU && l.CPU > scannerCPU {
			return []symptom{{words: l.Name + " used " + check.PercentBeside(l.CPU, scannerCPU) + " of the CPU " + l.Words(), at: l.CPUEvidence(v.p), on: onCPU}}
		}
	}
	return nil
}

// heldByOther reports whether a failed write says that another program had the
// file, or forbade it: sharing and lock violation, access denied.
func heldByOther(h scan.Hit) bool {
	return slices.ContainsFunc([]string{"system:5(", "system:32(", "system:33(", "access is denied", "used by another process"}, func(words string) bool {
		return strings.Contains(strings.ToLower(h.Text), words)
	})
}

// shortened keeps a line short enough for a text.
func shortened(line string) string {
	if r := []rune(line); len(r) > 200 {
		return string(r[:200]) + "..."
	}
	return line
}

func (v *antivirus) reportMissing(missing []folder, e exclusions) {
	f := check.Finding{
		Subject: "Microsoft Defender", Key: "missing", Severity: abi.Info, State: abi.StateOngoing,
		Title: "Microsoft Defender scans " + strconv.Itoa(len(missing)) + " of " + check.Count(int64(len(v.folders)), "folder", "folders") + " of the product: not excluded",
		Detail: "A scanner opens each file as it is written. That makes uploads slow, and when it holds a file the product cannot write or delete it. Not excluded: " + names(missing) + ". " +
			"Read: the lists of this machine, of group policy and of device management, together.",
		Remedy:   excludeRemedy(missing, e),
		Evidence: v.missingEvidence(missing),
	}
	if v.o.Either {
		f.Title = "Microsoft Defender scans the agent's folder: not excluded"
	}
	list := v.symptoms()
	if len(list) > 0 {
		f.Severity = abi.Warning
		f.Title += ", and there are signs of it"
	}
	var words []string
	for _, s := range list {
		words, f.Evidence = append(words, s.words), append(f.Evidence, s.at)
		if s.on != "" && f.Subject != onCache {
			f.Subject = s.on
		}
	}
	if len(words) > 0 {
		f.Detail += " Signs: " + strings.Join(words, "; ") + "."
	}
	v.p.Report(f)
}

func names(folders []folder) string {
	var list []string
	for _, f := range folders {
		list = append(list, f.text)
	}
	return strings.Join(list, ", ")
}

func (v *antivirus) missingEvidence(missing []folder) []abi.Evidence {
	var at []abi.Evidence
	for i, list := range v.fact.Exclusions {
		if list.Kind == "paths" {
			at = append(at, v.p.At("antivirus", "/exclusions/"+strconv.Itoa(i)+"/exists", list.Exists))
		}
	}
	for _, f := range missing {
		at = append(at, v.p.At("antivirus", "/folders/"+strconv.Itoa(f.item), v.fact.Folders[f.item]))
	}
	return at
}

func excludeRemedy(missing []folder, e exclusions) []string {
	var quoted []string
	for _, f := range missing {
		quoted = append(quoted, "'"+strings.ReplaceAll(f.text+drivesRoot(f.text), "'", "''")+"'")
	}
	step := "Exclude the folders, in Windows Security, Virus & threat protection, Exclusions, or as administrator: `Add-MpPreference -ExclusionPath " + strings.Join(quoted, ",") + "`. Nothing is interrupted."
	if e.policy {
		step = "Exclusions come by policy here: add the folders there, in Microsoft Defender Antivirus, Exclusions, Path Exclusions: " + strings.Join(quoted, ", ") + ". Then `gpupdate /force`. Nothing is interrupted."
	}
	return []string{step, "Check that they are there: `(Get-MpPreference).ExclusionPath`."}
}

// drivesRoot is the separator that a drive needs behind it.
func drivesRoot(text string) string {
	if strings.HasSuffix(text, ":") {
		return `\`
	}
	return ""
}

// reportOther says that a product of another maker watches files: what it leaves
// alone cannot be read.
func (v *antivirus) reportOther(o other) {
	f := check.Finding{
		Subject: o.name, Key: "other-" + key(o.name), Severity: abi.Info, State: abi.StateOngoing,
		Title: "Whether " + shortName(o.name) + " leaves the product's folders alone cannot be told",
		Detail: "It watches files: its driver runs. What it excludes is kept in its own console and cannot be read from outside. " +
			"A scanner opens each file as it is written; that makes uploads slow, and when it holds a file the product cannot write or delete it.",
		Remedy: []string{
			"Ask whoever keeps its console to exclude these folders with all below them: " + names(v.folders) + ".",
			"If the list agrees, waive this finding.",
		},
	}
	if len(v.folders) == 0 {
		f.Remedy[0] = "Ask whoever keeps its console to exclude the folders that the vendor lists: " + v.p.Check.URL
	}
	for _, i := range o.items {
		f.Evidence = append(f.Evidence, v.p.At("antivirus", check.Item(i, "state"), bundles.StateRunning))
	}
	for _, s := range v.symptoms() {
		f.Detail += " A sign that it does not: " + s.words + "."
		f.Evidence = append(f.Evidence, s.at)
	}
	v.p.Report(f)
}

// shortName keeps titles short, whatever a product is called.
func shortName(name string) string {
	if r := []rune(name); len(r) > 50 {
		return string(r[:47]) + "..."
	}
	return name
}

// key makes a part of a finding's key of a name.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
}
