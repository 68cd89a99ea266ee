package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Hider gives files of a bundle what a run would do to them: no secrets, and
// pseudonyms. It is for bundles that no run has written, or that were changed
// after one.
type Hider struct {
	naming *naming
	red    *redact.Redactor
}

// NewHider makes one with the key of a case, for bundles of a machine of which
// these names are known; they are found wherever they stand.
func NewHider(privacy, caseKeyFile string, hosts, users []string) (*Hider, error) {
	opt := Options{Privacy: privacy, CaseKey: caseKeyFile, NoMap: true}
	n := &naming{mode: modeOf(opt)}
	key, _, err := caseKey(caseKeyFile)
	if err != nil {
		return nil, err
	}
	all, err := profiles.Builtin()
	if err != nil {
		return nil, err
	}
	var public []string
	for _, p := range all {
		public = append(public, publicNames(p)...)
		n.words = append(n.words, wordsOf(p)...)
	}
	n.mapper = pseudonym.NewMapper(key, pseudonym.Options{Public: public})
	return &Hider{n, n.redactorOf(hosts, users)}, nil
}

// Learn tells the names that a fact has, as a run does before anything is
// written. Other files have none to tell.
func (h *Hider) Learn(path string, data []byte) error {
	var err error
	switch path {
	case "facts/registry.json":
		var f bundles.Registry
		if err = json.Unmarshal(data, &f); err == nil {
			h.red.LearnFrom(registryPairs(f))
		}
	case "facts/config.json":
		var f bundles.Config
		if err = json.Unmarshal(data, &f); err == nil {
			h.red.LearnFrom(configPairs(f))
		}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// File is a file as a run would have written it. The encoding of text is that of
// its row in the manifest.
func (h *Hider) File(path, encoding string, data []byte) ([]byte, error) {
	if !strings.HasPrefix(path, "logs/") && path != bundles.SamplesPath {
		return h.document(path, h.red.JSONText(data, redact.Counts{}))
	}
	var o redact.StreamOptions
	switch strings.ToLower(encoding) {
	case string(redact.UTF16LE), string(redact.UTF16BE):
		o.Encoding = redact.Encoding(strings.ToLower(encoding))
	}
	var out bytes.Buffer
	w := h.red.NewWriter(&out, o)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

// document gives the host of a document a name that may be told, whatever it is.
func (h *Hider) document(path string, raw []byte) ([]byte, error) {
	if path != bundles.ManifestPath && path != "facts/host.json" && path != "facts/start/host.json" {
		return raw, nil
	}
	doc := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if path == bundles.ManifestPath {
		var err error
		if doc["host"], err = h.document("facts/host.json", doc["host"]); err != nil {
			return nil, err
		}
		return json.Marshal(doc)
	}
	var name string
	if err := json.Unmarshal(doc["name"], &name); err != nil {
		return raw, nil //nolint:nilerr // it has none
	}
	doc["name"], _ = json.Marshal(h.naming.hidden(name))
	return json.Marshal(doc)
}

// Path is the path of a file in the bundle.
func (h *Hider) Path(path string) string { return h.red.Path(path) }
