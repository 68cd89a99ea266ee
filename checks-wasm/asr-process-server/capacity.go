package main

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

//go:embed capacity.md
var capacityDoc string

const (
	// fewMachines may use a server that is smaller than the smallest row.
	fewMachines = 20
	// applianceMemory is the least that the vendor asks of an appliance, in GiB.
	applianceMemory = 16
	wholeDay        = 24 * time.Hour
	// changeSpan of the transfer log is needed to tell a day's change.
	changeSpan    = time.Hour
	limitCapacity = "Azure Site Recovery: capacity considerations"
)

// scanDiffs are uploads of changes, by bytes; initial copies are no daily change.
const scanDiffs = "uploads-of-changes"

func diffsScan() scan.Scan { return uploadsBelow(scanDiffs, "/diffs/") }

func capacity() *check.Check {
	use := asrlogs.Use(asrlogs.XferByHost, asrlogs.XferAnswered)
	return &check.Check{
		ID: "capacity", Title: "Size of the server fits its machines", Doc: capacityDoc,
		URL: "https://learn.microsoft.com/en-us/azure/site-recovery/site-recovery-plan-capacity-vmware#capacity-considerations", Since: firstVersion, Article: []string{"before: capacity"},
		Roles: roles(), OS: systems(), Deployments: withAppliance(), Severities: []abi.Severity{abi.Info, abi.Warning},
		Inputs:  append(use.Inputs, check.Fact("host"), check.OptionalFact("cache"), check.OptionalFact("disks"), check.OptionalFact("files"), check.OptionalFact("config"), check.OptionalFact("registry"), check.OptionalFact("probes")),
		Formats: use.Formats, Scans: append(use.Scans, diffsScan()),
		Series: []scan.Series{volumeSeries()},
		Run:    ours(runCapacity),
	}
}

// machine is what the server has.
type machine struct {
	cpus          int
	memory, cache float64 // GiB
	evidence      []abi.Evidence
}

func (m machine) words() string {
	return check.Count(int64(m.cpus), "processor", "processors") + ", " + gib(m.memory) + " of memory, a cache volume of " + gib(m.cache)
}

func gib(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) + " GiB" }

func runCapacity(p *check.Pass) error {
	m, why := machineOf(p)
	if why != "" {
		p.Insufficient(why, ask("reads processors, memory and the cache volume", "--quick"))
		return nil
	}
	c := capacities{p: p, machine: m}
	c.row()
	c.count()
	found := c.reportMemory()
	found = c.reportMachines() || found
	found = c.reportChange() || found
	c.end(found)
	return nil
}

// machineOf reads what the server has; why says what lacks.
func machineOf(p *check.Pass) (m machine, why string) {
	host := optional[bundles.HostFact](p, "host")
	if host == nil || host.LogicalCPUs == 0 || host.MemoryBytes == 0 {
		return m, "host: the number of processors or the size of memory was not read"
	}
	m.cpus, m.memory = host.LogicalCPUs, float64(host.MemoryBytes)/(1<<30)
	m.evidence = []abi.Evidence{p.At("host", "/logical_cpus", host.LogicalCPUs), p.At("host", "/memory_bytes", host.MemoryBytes)}
	mount, why := cacheVolume(p)
	if mount == "" {
		return m, "the volume of the cache folder is not known: " + why
	}
	disks := optional[bundles.Disks](p, "disks")
	if disks == nil {
		why, _ = p.Missing("facts/**/disks.json")
		return m, orElse(why, "disks: the bundle has no reading")
	}
	for i, d := range disks.Items {
		if d.Error == "" && d.TotalBytes > 0 && withSeparator(d.Mountpoint) == withSeparator(mount) {
			m.cache = float64(d.TotalBytes) / (1 << 30)
			m.evidence = append(m.evidence, p.At("disks", check.Item(i, "total_bytes"), d.TotalBytes))
			return m, ""
		}
	}
	return m, "the size of volume " + shortVolume(mount) + " was not read"
}

// capacities is one run of the check.
type capacities struct {
	p       *check.Pass
	machine machine
	size    size // largest row that the machine bears; zero: none
	small   size // smallest row
	// hosts have uploads or data that waits. Whole says whether these are all.
	hosts    int
	whole    bool
	unclear  string // why not
	evidence []abi.Evidence
	change   float64 // GB in a day, by what was seen
	least    float64 // GB seen
	covered  time.Duration
}

func (c *capacities) row() {
	table := sizesOf(c.p.Deployment)
	c.small = table[0]
	for _, s := range table {
		if s.bears(c.machine.cpus, c.machine.memory, c.machine.cache) {
			c.size = s
		}
	}
}

// count finds the source machines: those in the transfer log of the last day and
// those of which data waits in the cache.
func (c *capacities) count() {
	hosts := map[string]bool{}
	if cache := optional[bundles.Cache](c.p, "cache"); cache != nil {
		for i, f := range cache.Items {
			if f.Error == "" && f.Host != "" && !hosts[strings.ToLower(f.Host)] {
				hosts[strings.ToLower(f.Host)] = true
				c.evidence = append(c.evidence, c.p.At("cache", check.Item(i, "host"), f.Host))
			}
		}
	}
	for _, s := range sourcesSince(c.p, c.p.Now.Add(-wholeDay), true) {
		if s.good > 0 || s.throttled > 0 || s.answered {
			hosts[strings.ToLower(s.host)] = true
		}
	}
	c.hosts = len(hosts)
	c.unclear, c.whole = transferLogUsable(c.p)
	if at := transferEvidence(c.p); len(at) > 0 {
		c.evidence = at
	}
	if c.evidence = c.evidence[:min(len(c.evidence), maxShown)]; c.whole {
		c.changes()
	}
}

// changes sums the uploads of changes over the last day.
func (c *capacities) changes() {
	oldest := c.p.Summary(asrlogs.XferByHost).OldestLine
	c.covered = min(c.p.Now.Sub(*oldest), wholeDay)
	bytes := 0.0
	for _, row := range c.p.Tally(scanDiffs).Rows {
		for _, b := range row.Buckets {
			if !b.Start.Before(c.p.Now.Add(-wholeDay)) {
				bytes += b.Sum["bytes"]
			}
		}
	}
	c.least = bytes / 1e9
	c.change = c.least * wholeDay.Seconds() / c.covered.Seconds()
}

// reportMemory is the appliance's own rule.
func (c *capacities) reportMemory() bool {
	if c.p.Deployment != bundles.DeployAppliance || c.machine.memory >= (1-sizeTolerance)*applianceMemory {
		return false
	}
	c.p.Report(check.Finding{
		Subject: "capacity", Key: "memory", Severity: abi.Warning, State: abi.StateOngoing,
		Title:    "Appliance has " + gib(c.machine.memory) + " of memory (at least " + gib(applianceMemory) + ")",
		Detail:   "The vendor asks for this much of every appliance, however few machines use it: a dozen services share it. It has " + c.machine.words() + ".",
		Remedy:   []string{"Give the virtual machine more memory. That needs a shutdown, which interrupts replication of all its source machines for some minutes."},
		Evidence: c.machine.evidence,
		Measure:  &abi.Measure{Metric: "system.memory.limit", Value: c.machine.memory * (1 << 30), Op: "<", Limit: applianceMemory * (1 << 30), Unit: "By", Method: "size of memory, 10 % tolerated", LimitSource: limitCapacity},
	})
	return true
}

func (c *capacities) reportMachines() bool {
	f := check.Finding{Subject: "capacity", Key: "machines", Severity: abi.Warning, State: abi.StateOngoing, Remedy: c.remedy(), Evidence: append(c.machine.evidence, c.evidence...)}
	under := c.size == size{}
	switch {
	case under && c.hosts >= fewMachines:
		f.Title = fmt.Sprintf("Server is below the smallest size and has %s (limit %d)", c.machines(), fewMachines)
	case under && c.whole && c.hosts > 0:
		f.Severity, f.Key = abi.Info, "small"
		f.Title = fmt.Sprintf("Server is below the smallest size; it has %s", c.machines())
	case !under && exceeds(float64(c.hosts), float64(c.size.machines)):
		f.Title = fmt.Sprintf("Server has %s (limit of its size %d)", c.machines(), c.size.machines)
		f.Measure = &abi.Measure{Metric: "source.machines", Value: float64(c.hosts), Op: ">", Limit: float64(c.size.machines), Method: "distinct machines of a day, 10 % tolerated", LimitSource: limitCapacity}
	default:
		return false
	}
	f.Detail = "What does not fit piles up in the cache, until replication is throttled and recovery points get old. " + c.measured()
	c.p.Report(f)
	return true
}

func (c *capacities) reportChange() bool {
	if (c.size == size{}) || !exceeds(c.least, c.size.change) && (!exceeds(c.change, c.size.change) || c.covered < 20*time.Hour) {
		return false
	}
	c.p.Report(check.Finding{
		Subject: "capacity", Key: "change", Severity: abi.Warning, State: abi.StateOngoing,
		Title:    fmt.Sprintf("Source machines send %s of changes a day (limit of the server's size %s)", gigabytes(c.change), gigabytes(c.size.change)),
		Detail:   "What does not fit piles up in the cache, until replication is throttled and recovery points get old. Initial copies are not counted. " + c.measured(),
		Remedy:   c.remedy(),
		Evidence: append(c.machine.evidence, c.evidence...),
		Measure: &abi.Measure{
			Metric: "source.change", Value: c.change * 1e9, Op: ">", Limit: c.size.change * 1e9, Unit: "By", WindowSeconds: c.covered.Seconds(),
			Method: "bytes uploaded, for a day, 10 % tolerated", LimitSource: limitCapacity,
		},
	})
	return true
}

func (c *capacities) machines() string {
	return check.Count(int64(c.hosts), "source machine", "source machines")
}

func gigabytes(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) + " GB" }

// measured says what was counted and compared.
func (c *capacities) measured() string {
	s := "The server has " + c.machine.words() + ". "
	if c.size == (size{}) {
		s += fmt.Sprintf("The smallest row of the vendor's table asks for %d processors, %s and %s. ", c.small.cpus, gib(c.small.memory), gib(c.small.cache))
	} else {
		s += fmt.Sprintf("By the vendor's table that bears %d machines and %s of changes a day; a larger row asks for more of at least one of the three. ", c.size.machines, gigabytes(c.size.change))
	}
	s += "Counted: machines in the transfer log of a day and in the cache folder"
	if c.covered > 0 {
		s += "; " + gigabytes(c.least) + " of changes uploaded in " + check.Span(c.covered)
	}
	return s + "."
}

func (c *capacities) remedy() []string {
	return []string{
		"Don't add new machines to this server.",
		"Compare its size with the vendor's table: `Get-CimInstance Win32_ComputerSystem | Format-List NumberOfLogicalProcessors,TotalPhysicalMemory` and `Get-Volume`. Give it what lacks; that needs a shutdown, which interrupts replication for some minutes.",
		"Or set up an additional process server and move machines to it: in the vault, Site Recovery infrastructure, Change process server or Load balance.",
		"Run the Deployment Planner for VMware and physical server replication to see what the machines need.",
	}
}

// end says what is not known, or that all fits.
func (c *capacities) end(found bool) {
	again := ask("reads the transfer log, which tells the machines and what they send", "--quick")
	switch {
	case !c.whole:
		c.p.Insufficient("how many machines use the server is not known: "+c.unclear, again)
	case c.hosts == 0:
		c.p.Insufficient("how many machines use the server is not known: none uploaded anything in the last day of the transfer log", nil)
	case found:
	case c.covered < changeSpan || exceeds(c.change, c.size.change):
		c.p.Insufficient("how much the machines change in a day is not known: cxps.xfer.log covers only "+check.Span(c.covered)+", with "+gigabytes(c.least)+" of changes", nil)
	default:
		passUnlessBlind(c.p, fmt.Sprintf("%s and %s of changes a day; the server's size bears %d and %s", c.machines(), gigabytes(c.change), c.size.machines, gigabytes(c.size.change)), asrlogs.CxpsTransferLog().Source)
	}
}
