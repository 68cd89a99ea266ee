package main

import (
	_ "embed"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed component-registration.md
var componentRegistrationDoc string

const (
	scanUnregistered = "server-waits-for-registration"
	scanRegistered   = "server-registered"
	// registrationRetry is how often the process server looks for its registration.
	registrationRetry = time.Minute
	// waits are so many lines that a start of the service does not make them.
	minWaits = 3
)

func componentRegistration() *check.Check {
	log := asrlogs.ServerLog()
	line := func(id, expr string) scan.Scan {
		return scan.Scan{ID: id, Input: log.ID, Format: log.Format.ID, IgnoreCase: true, MaxHits: 1000, Any: []scan.Pattern{{Regexp: expr}}}
	}
	return &check.Check{
		ID: "component-registration", Title: "Appliance and its components are registered", Doc: componentRegistrationDoc, URL: applianceArticle, Since: firstVersion,
		Article: []string{"beyond the article"}, Roles: roles(), OS: systems(), Deployments: onAppliance(), Severities: []abi.Severity{abi.Info, abi.Warning, abi.Critical},
		Inputs: []abi.Input{log.Input(), check.OptionalFact("registry"), check.OptionalFact("config"), check.OptionalFact("probes")}, Formats: []scan.Format{log.Format},
		Scans: []scan.Scan{line(scanUnregistered, `waiting for valid Rcm registration`), line(scanRegistered, `Detected valid registration with Rcm uri|Register PS succeeded`)},
		Run:   ofAppliance(runComponentRegistration),
	}
}

// unregisteredPart is a component that its file calls not registered.
type unregisteredPart struct {
	name, why string
	at        abi.Evidence
}

func runComponentRegistration(p *check.Pass) error {
	cfg, err := check.Load[bundles.Config](p, "config")
	if err != nil && !check.IsMissing(err) {
		return err
	}
	missing, seen := unregisteredParts(p, cfg)
	var success time.Time
	if last := p.Summary(scanRegistered).Last; last != nil {
		success = *last
	}
	waits := p.Trail(scanUnregistered, registrationRetry, success)
	if waits.Count < minWaits {
		waits = check.Trail{}
	}
	switch {
	case len(missing) > 0:
		reportUnregistered(p, missing, waits)
	case waits.State != "":
		reportWaits(p, waits)
	}
	if seen > 0 && len(missing) > 0 {
		return nil
	}
	if seen > 0 {
		passUnlessBlind(p, check.Count(int64(seen), "file of a component says", "files of components say")+" that it is registered", "config", log(asrlogs.ServerLog()))
		return nil
	}
	why, ok := p.Missing("facts/**/config.json")
	if ok {
		why = "no settings file of the appliance was found"
	}
	p.Insufficient(why, askElevated("settings of the appliance"))
	return nil
}

// log is the source of a log.
func log(l asrlogs.Log) string {
	return bundles.SourceOf(strings.ReplaceAll(l.Input().Glob, "**/", ""))
}

// unregisteredParts reads what the components' files say of themselves, and counts
// those that say anything.
func unregisteredParts(p *check.Pass, cfg bundles.Config) (list []unregisteredPart, seen int) {
	for i, f := range cfg.Items {
		if !f.Exists || f.Error != "" {
			continue
		}
		said := false
		for n, v := range f.Values {
			switch v.Key {
			case "IsApplianceRegistered", "IsRegistered", "IsConfigured":
				said = true
				if strings.EqualFold(v.Value, "false") {
					list = append(list, unregisteredPart{f.Name, v.Key + " is false", p.At("config", check.Item(i, "values/"+itoa(n)+"/value"), v.Value)})
				}
			case "RcmUri":
				said = true
			}
		}
		if f.Name == "process-server" && configValue(p, f.Name, "RcmUri") == "" {
			said = true
			list = append(list, unregisteredPart{"process server", "ProcessServer.conf has no RcmUri", p.At("config", check.Item(i, "name"), f.Name)})
		}
		if said {
			seen++
		}
	}
	return list, seen
}

func reportUnregistered(p *check.Pass, list []unregisteredPart, waits check.Trail) {
	f := check.Finding{Subject: "registration", Key: "not-registered", Severity: abi.Critical, State: abi.StateOngoing, Remedy: registrationRemedy()}
	var names, words []string
	for _, u := range list {
		if len(names) == 0 || names[len(names)-1] != u.name {
			names = append(names, u.name)
		}
		words, f.Evidence = append(words, u.name+": "+u.why), append(f.Evidence, u.at)
	}
	f.Title = check.Count(int64(len(names)), "component of the appliance is", "components of the appliance are") + " not registered: " + shorten(strings.Join(names, ", "), 60)
	f.Detail = "What is not registered does nothing: without the process server or the proxy no machine can be replicated through this appliance. " + strings.Join(words, "; ") + "."
	if waits.State != "" {
		f.Detail += " The process server says so itself, " + times(waits.Count) + " since " + p.Clock(waits.First) + "."
		f.Evidence = append(f.Evidence, check.At(waits.Newest()))
	}
	report(p, f)
}

// reportWaits tells what the process server's log says where no file says it.
func reportWaits(p *check.Pass, waits check.Trail) {
	p.ReportTrail(check.Finding{
		Subject: "registration", Key: "not-registered", Severity: abi.Critical, Title: "The process server is not registered with Azure",
		Detail: "ProcessServer looks each minute for a registration and finds none, so that no machine can be replicated through this appliance.",
		Remedy: registrationRemedy(),
	}, waits)
}

func registrationRemedy() []string {
	return []string{
		"Open Microsoft Azure Appliance Configuration Manager on the appliance, https://localhost:44368, and go through all of its steps to the end; it asks for the key of the vault and for a sign-in.",
		"See that the last step has written it: `findstr RcmUri \"C:\\Program Files\\Microsoft Azure Site Recovery Process Server\\home\\svsystems\\etc\\ProcessServer.conf\"`.",
		"If the vault no longer lists the appliance, register it again with a new key: Recovery Services vault > Site Recovery infrastructure > ASR replication appliances.",
	}
}
