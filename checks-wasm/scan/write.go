//go:build !wasip1

package scan

import (
	"encoding/json"
	"io"
)

// WriteHits writes /scans/<id>.jsonl: a hit a line, and the summary.
func (r Result) WriteHits(w io.Writer) error {
	enc := newEncoder(w)
	for i := range r.Hits {
		if err := enc.Encode(&r.Hits[i]); err != nil {
			return err
		}
	}
	return enc.Encode(r.Summary)
}

// WriteTally writes /scans/<id>.tally.json, and nothing when the scan has no
// tally.
func (r Result) WriteTally(w io.Writer) error {
	if r.Tally == nil {
		return nil
	}
	return newEncoder(w).Encode(r.Tally)
}

// Write writes /metrics/<id>.json.
func (r SeriesResult) Write(w io.Writer) error { return newEncoder(w).Encode(r) }

func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}
