package simulator

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// Samples and room of a machine that has nothing else to do. What is beneath all
// simulated machines has both its own load and a disk of its own size, and asrcollect
// may come too late there when several run: none of it is the machine's.
const (
	calmCPU    = "0.17"
	calmMemory = "0.31" // promised and used
	calmUsed   = "0.36" // of C: and E:
	calmFree   = 0.64
)

// calm puts them into the bundle of a machine with Windows. A cache volume of a
// size of its own keeps its room, and samples that come late on purpose do.
func (m *Machine) calm(b *bundles.Bundle) []Change {
	const samples, manifest = "metrics/samples.ndjson", bundles.ManifestPath
	if m.Incident.linux() || !b.Has(samples) {
		return nil
	}
	out := []Change{
		{samples, "/*/system.cpu.utilization", calmCPU},
		{samples, "/*/system.memory.utilization", calmMemory},
		{samples, "/*/system.memory.commit.utilization", calmMemory},
	}
	for _, s := range b.Manifest.Sources {
		if s.Name == "metrics" && strings.HasSuffix(s.Error, tooLate) && m.Incident.Run.Starve == 0 {
			out = append(out, Change{manifest, "/sources/name=metrics/status", `"ok"`}, Change{manifest, "/sources/name=metrics/error", `""`})
		}
	}
	if m.Vars["cache-volume"] == "" {
		out = append(out, room(b)...)
	}
	return out
}

// room gives every drive as much.
func room(b *bundles.Bundle) (out []Change) {
	for _, path := range []string{"facts/start/disks.json", "facts/disks.json"} {
		raw, err := bundles.ReadLimited(b.FS, path, 16<<20)
		var f bundles.Disks
		if err != nil || json.Unmarshal(raw, &f) != nil {
			continue // there is none: others look for what is missing
		}
		for i, d := range f.Items {
			free := fmt.Sprint(int64(float64(d.TotalBytes) * calmFree))
			out = append(out,
				Change{path, fmt.Sprintf("/items/%d/free_bytes", i), free},
				Change{path, fmt.Sprintf("/items/%d/available_bytes", i), free})
			if path == "facts/disks.json" {
				out = append(out, Change{"metrics/samples.ndjson", "/*/system.filesystem.utilization/" + d.Mountpoint, calmUsed})
			}
		}
	}
	return out
}
