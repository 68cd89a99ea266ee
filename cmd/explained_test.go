package cmd

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
)

// What explained_by names in either pack, in code or in patterns, is there, and no
// check explains itself by way of others: a circle would leave no cause.
func TestExplainedBy(t *testing.T) {
	graph := map[string][]string{}
	for _, pack := range []string{"asr-process-server", "asr-source-machine"} {
		for id, causes := range explainedBy(t, pack) {
			graph[pack+"/"+id] = nil
			for _, c := range causes {
				if !strings.Contains(c.Check, "/") {
					c.Check = pack + "/" + c.Check
				}
				graph[pack+"/"+id] = append(graph[pack+"/"+id], c.Check)
			}
		}
	}
	if len(graph) < 50 {
		t.Fatalf("%d checks", len(graph))
	}
	for id, causes := range graph {
		for _, c := range causes {
			if _, ok := graph[c]; !ok {
				t.Errorf("%s is explained by %s, which neither pack has", id, c)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(graph)) {
		if way := circle(graph, id, id, map[string]bool{}); way != nil {
			t.Errorf("%s explains itself: %s", id, strings.Join(way, " <- "))
		}
	}
}

// circle gives a way of causes from a check to another one; nil: there is none.
func circle(graph map[string][]string, from, to string, seen map[string]bool) []string {
	seen[from] = true
	for _, c := range graph[from] {
		if c == to {
			return []string{from, to}
		}
		if seen[c] {
			continue
		}
		if way := circle(graph, c, to, seen); way != nil {
			return append([]string{from}, way...)
		}
	}
	return nil
}

// explainedBy asks a pack, built for this machine, and its patterns.
func explainedBy(t *testing.T, pack string) map[string][]abi.Cause {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]abi.Cause{}
	var d abi.Describe
	cmd := exec.Command("go", "run", "./checks-wasm/"+pack, "describe")
	cmd.Dir = root
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	for _, c := range d.Checks {
		out[c.ID] = c.ExplainedBy
	}
	files, err := filepath.Glob(filepath.Join(root, "checks-wasm", pack, "patterns/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var p struct {
			ID          string      `json:"id"`
			ExplainedBy []abi.Cause `json:"explained_by"`
		}
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[p.ID] = append(out[p.ID], p.ExplainedBy...)
	}
	return out
}
