//go:build !packed

package profiles

import (
	"embed"
	"strings"
)

//go:embed *.json
var embedded embed.FS

// documents are the embedded profiles by name.
func documents() ([]document, error) {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var out []document
	for _, e := range entries {
		text, err := embedded.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, document{strings.TrimSuffix(e.Name(), ".json"), text})
	}
	return out, nil
}
