package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/scan"
)

// What makes a stopped service critical: that its work is not done either.
const (
	// staleSettings: the configuration server calls the heartbeat lost after 15 min.
	staleSettings = 15 * time.Minute
	// silentEvents is twice the period of the slowest event group.
	silentEvents = 30 * time.Minute
	// pendingBytes is what the product calls worth uploading (304,857,600 bytes).
	pendingBytes = 304_857_600
	// pendingAge is when the product warns that data is stuck.
	pendingAge = 30 * time.Minute
	// defaultDataPort is where sources upload to unless cxps.conf says otherwise.
	defaultDataPort = "9443"
)

// engineProcess is the process of the backup agent.
const engineProcess = "cbengine.exe"

// observations are the facts beside the service manager's word. Pointers are
// nil when the bundle does not have them.
type observations struct {
	connections *bundles.Connections
	processes   *bundles.Processes
	cache       *bundles.Cache
	files       *bundles.Files
	dataPort    string
	newestEvent *scan.Hit
}

func gather(p *check.Pass) observations {
	o := observations{
		connections: optional[bundles.Connections](p, "connections"), processes: optional[bundles.Processes](p, "processes"),
		cache: optional[bundles.Cache](p, "cache"), files: optional[bundles.Files](p, "files"),
		dataPort: defaultDataPort,
	}
	if port := configValue(p, "cxps", "ssl_port"); port != "" {
		o.dataPort = port
	}
	for h := range p.Hits(scanEventAlive) {
		o.newestEvent = &h
	}
	return o
}

// optional loads a fact that may be missing; one that does not decode is
// missing too.
func optional[T any](p *check.Pass, kind string) *T {
	v, err := check.Load[T](p, kind)
	if err != nil {
		return nil
	}
	return &v
}

// configValue gives the value of a key in the configuration file of a name;
// empty when it is not there.
func configValue(p *check.Pass, name, key string) string {
	cfg := optional[bundles.Config](p, "config")
	if cfg == nil {
		return ""
	}
	for _, f := range cfg.Items {
		if !strings.EqualFold(f.Name, name) {
			continue
		}
		for _, v := range f.Values {
			if strings.EqualFold(v.Key, key) {
				return v.Value
			}
		}
	}
	return ""
}

// proof says whether the work of a service that is down is not done either.
type proof struct {
	critical bool
	words    string
	evidence []abi.Evidence
}

func (o observations) confirm(p *check.Pass, name string) proof {
	switch name {
	case svcData:
		return o.confirmData(p)
	case svcProcessServer:
		return o.confirmProcessServer(p)
	case svcTmansvc:
		return o.confirmTmansvc(p)
	case svcBackup:
		return o.confirmBackup(p)
	case svcControl:
		return o.confirmControl(p)
	case svcReplication:
		return o.confirmReplication(p)
	}
	return proof{}
}

func (o observations) confirmData(p *check.Pass) proof {
	if o.connections == nil {
		return proof{words: "Whether something listens on the data port was not read."}
	}
	for i, c := range o.connections.Items {
		if slices.Contains(c.States, "LISTEN") && strings.HasSuffix(c.Local, ":"+o.dataPort) {
			return proof{words: fmt.Sprintf("Yet %s listens on the data port %s.", c.Process, o.dataPort), evidence: []abi.Evidence{p.At("connections", check.Item(i, "local"), c.Local)}}
		}
	}
	return proof{
		critical: true, words: fmt.Sprintf("Nothing listens on the data port %s: no source machine can upload.", o.dataPort),
		evidence: []abi.Evidence{p.At("connections", "/readings", o.connections.Readings)},
	}
}

func (o observations) confirmProcessServer(p *check.Pass) proof {
	s := settingsOf(o.files)
	if !s.known {
		return proof{words: "When the " + settingsFrom(p) + " last answered is not known."}
	}
	words := fmt.Sprintf("PSSettings.json, written with each answer of the %s, is %s old.", settingsFrom(p), check.Span(s.age))
	return proof{critical: s.age > staleSettings, words: words, evidence: []abi.Evidence{s.evidence(p)}}
}

func (o observations) confirmTmansvc(p *check.Pass) proof {
	h := o.newestEvent
	if h == nil || h.Time == nil {
		return proof{words: "No line of its event groups' logs was collected."}
	}
	newest := p.Latest(scanEventAlive, *h.Time)
	age := p.Now.Sub(newest)
	return proof{
		critical: age > silentEvents, evidence: []abi.Evidence{check.At(*h)},
		words: fmt.Sprintf("The newest line of its event groups' logs is of %s, %s old.", p.Clock(newest), check.Span(age)),
	}
}

func (o observations) confirmBackup(p *check.Pass) proof {
	if o.processes == nil || o.cache == nil || o.cache.Error != "" {
		return proof{words: "Whether data waits for the upload was not read."}
	}
	for i, pr := range o.processes.Items {
		if strings.EqualFold(pr.Name, engineProcess) {
			return proof{words: "Yet its process cbengine.exe runs.", evidence: []abi.Evidence{p.At("processes", check.Item(i, "name"), pr.Name)}}
		}
	}
	return pendingProof(p, *o.cache, engineProcess)
}

// pendingProof looks at the data that waits in the cache, for which a process
// does not run.
func pendingProof(p *check.Pass, cache bundles.Cache, process string) proof {
	var sum uint64
	var oldest time.Duration
	var ev []abi.Evidence
	for i, f := range cache.Items {
		sum += f.Bytes
		if age := check.Seconds(f.OldestAgeSeconds); f.Bytes > 0 && age > oldest {
			oldest, ev = age, []abi.Evidence{p.At("cache", check.Item(i, "bytes"), f.Bytes)}
		}
	}
	if n := len(cache.Readings); n > 0 && cache.Readings[n-1].PendingBytes > sum {
		sum = cache.Readings[n-1].PendingBytes
		ev = append(ev, p.At("cache", fmt.Sprintf("/readings/%d/pending_bytes", n-1), sum))
	}
	if sum < pendingBytes && oldest <= pendingAge {
		return proof{words: "Little waits for the upload: " + check.Bytes(sum) + ".", evidence: ev}
	}
	return proof{
		critical: true, evidence: ev,
		words: fmt.Sprintf("%s wait in the cache for the upload, the oldest for %s, and no %s runs.", check.Bytes(sum), check.Span(oldest), process),
	}
}

// settings is the age of PSSettings.json, which the process server writes when
// the configuration server answers. Of several the newest counts.
type settings struct {
	known bool
	age   time.Duration
	mtime time.Time
	item  int
	gone  bool // looked for and not there
}

func settingsOf(files *bundles.Files) settings {
	if files == nil {
		return settings{}
	}
	var best settings
	unknown := false
	for i, f := range files.Items {
		switch {
		case f.Name != "ps-settings" && !strings.HasSuffix(strings.ToLower(f.Path), `\pssettings.json`):
		case f.Error != "":
			unknown = true
		case best.known && (f.MTime == nil || !f.Exists || !f.MTime.After(best.mtime)): // an older copy
		case !f.Exists || f.MTime == nil:
			best = settings{gone: !f.Exists, item: i}
		default:
			best = settings{known: true, age: files.Taken.Sub(*f.MTime), mtime: *f.MTime, item: i}
		}
	}
	if unknown && !best.known {
		return settings{}
	}
	return best
}

func (s settings) evidence(p *check.Pass) abi.Evidence {
	return p.At("files", check.Item(s.item, "mtime"), s.mtime)
}
