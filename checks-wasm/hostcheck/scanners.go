package hostcheck

import (
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// defenderFilter is the driver of Microsoft Defender.
const defenderFilter = "wdfilter"

// products names the makers' products by the beginnings of their filter drivers'
// names, in lower case.
func products() [][2]string {
	return [][2]string{
		{"csagent", "CrowdStrike Falcon"},
		{"csdevicecontrol", "CrowdStrike Falcon"},
		{"sentinelmonitor", "SentinelOne"},
		{"savonaccess", "Sophos"},
		{"sophosed", "Sophos"},
		{"hmpalert", "Sophos"},
		{"mfe", "Trellix (McAfee)"},
		{"tmpreflt", "Trend Micro"},
		{"tmxpflt", "Trend Micro"},
		{"tmevtmgr", "Trend Micro"},
		{"tmumh", "Trend Micro"},
		{"tbimdsa", "Trend Micro"},
		{"symef", "Symantec"},
		{"srtsp", "Symantec"},
		{"eraser", "Symantec"},
		{"klif", "Kaspersky"},
		{"klfle", "Kaspersky"},
		{"eamonm", "ESET"},
		{"ehdrv", "ESET"},
		{"edevmon", "ESET"},
		{"bdfsfltr", "Bitdefender"},
		{"trufos", "Bitdefender"},
		{"atc", "Bitdefender"},
		{"gzflt", "Bitdefender"},
		{"carbonblack", "Carbon Black"},
		{"parity", "Carbon Black"},
		{"ctifile", "Carbon Black"},
		{"cyprotectdrv", "Cylance"},
		{"cyoptics", "Cylance"},
		{"cyvrfsfd", "Cortex XDR"},
		{"tedrdrv", "Cortex XDR"},
		{"fsatp", "WithSecure"},
		{"f-secure", "WithSecure"},
		{"fekern", "Trellix (FireEye)"},
		{"elasticendpoint", "Elastic"},
		{"wrkrn", "Webroot"},
		{"epklib", "Check Point"},
	}
}

// scanning says which virus scanners watch files now.
type scanning struct {
	defender bool
	others   []other
	unclear  []string // scanners of which it is not known
	idle     []string // why those that are there do not watch
}

// other is a scanner of another maker, and the items of its drivers that run.
type other struct {
	name  string
	items []int
}

// scanningOf takes the filter drivers of the scanners' group: what runs watches.
func scanningOf(fact bundles.Antivirus) (s scanning) {
	for i, item := range fact.Items {
		switch {
		case item.Error != "":
			s.unclear = append(s.unclear, item.Name+": "+item.Error)
		case item.State == "" || item.State == bundles.StateUnknown:
			s.unclear = append(s.unclear, "whether "+item.Name+" runs is not known")
		case item.State != bundles.StateRunning:
			s.idle = append(s.idle, item.Name+" is "+item.State)
		case strings.EqualFold(item.Name, defenderFilter):
			s.defenderRuns(fact)
		default:
			s.add(productOf(item), i)
		}
	}
	return s
}

func (s *scanning) add(name string, item int) {
	i := slices.IndexFunc(s.others, func(o other) bool { return o.name == name })
	if i < 0 {
		s.others = append(s.others, other{name: name})
		i = len(s.others) - 1
	}
	s.others[i].items = append(s.others[i].items, item)
}

// defenderRuns judges Defender, whose filter also runs while it does not watch.
func (s *scanning) defenderRuns(fact bundles.Antivirus) {
	switch {
	case fact.Defender == nil:
		s.idle = append(s.idle, "the service of Microsoft Defender is not installed")
	case fact.Defender.State == "" || fact.Defender.State == bundles.StateUnknown:
		s.unclear = append(s.unclear, "whether the service of Microsoft Defender runs is not known")
	case fact.Defender.State != bundles.StateRunning:
		s.idle = append(s.idle, "the service of Microsoft Defender is "+fact.Defender.State)
	case on(fact, "PassiveMode") || on(fact, "ForceDefenderPassiveMode"):
		s.idle = append(s.idle, "Microsoft Defender is passive")
	case on(fact, "DisableRealtimeMonitoring") || on(fact, "DisableAntiSpyware") || on(fact, "DisableAntiVirus") || off(fact, "AllowRealtimeMonitoring"):
		s.idle = append(s.idle, "Microsoft Defender's real-time protection is off")
	default:
		s.defender = true
	}
}

// passiveUnknown reports whether a setting that may keep Defender from watching
// could not be read.
func passiveUnknown(fact bundles.Antivirus) bool {
	return fact.Defender != nil && slices.ContainsFunc(fact.Defender.Settings, func(s bundles.DefenderSetting) bool {
		return s.Error != "" && (strings.EqualFold(s.Name, "PassiveMode") || strings.EqualFold(s.Name, "ForceDefenderPassiveMode") || strings.HasSuffix(strings.ToLower(s.Name), "realtimemonitoring"))
	})
}

// off reports whether a setting of Defender is 0 in any store.
func off(fact bundles.Antivirus, name string) bool {
	return slices.ContainsFunc(fact.Defender.Settings, func(s bundles.DefenderSetting) bool {
		return strings.EqualFold(s.Name, name) && s.Error == "" && s.Value == 0
	})
}

// productOf names the product that a driver belongs to.
func productOf(s bundles.Scanner) string {
	for _, p := range products() {
		if strings.HasPrefix(strings.ToLower(s.Name), p[0]) {
			return p[1]
		}
	}
	if s.DisplayName != "" && !strings.HasPrefix(s.DisplayName, "@") {
		return s.DisplayName
	}
	return s.Name
}
