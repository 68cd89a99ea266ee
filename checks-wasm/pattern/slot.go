package pattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A module that knows nothing but patterns has room for them: a run of bytes in
// its code that begins with SlotMark. Fill puts a pack's patterns there without a
// compiler, so that the module describes itself like any other.
const (
	// SlotMark begins the room, once in a module.
	SlotMark = "asrdiag patterns belong here: "
	// SlotSize is how many bytes there are, the mark included.
	SlotSize = len(SlotMark) + 128<<10

	dots64  = "................................................................"
	dots1k  = dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64 + dots64
	dots16k = dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k + dots1k
	// EmptySlot is the room before anything is in it. Only the module for patterns
	// refers to it, so that others do not carry it.
	EmptySlot = SlotMark + dots16k + dots16k + dots16k + dots16k + dots16k + dots16k + dots16k + dots16k
)

// Content is what a slot holds.
type Content struct {
	Module   string            `json:"module"`
	Patterns []json.RawMessage `json:"patterns"`
}

// ReadSlot reads what Fill put into a slot.
func ReadSlot(slot string) (Content, error) {
	var c Content
	if strings.HasPrefix(slot, SlotMark) {
		return c, fmt.Errorf("this module has no patterns: pack build puts them in")
	}
	err := json.NewDecoder(strings.NewReader(slot)).Decode(&c)
	return c, err
}

// Fill gives a copy of a module with its slot filled.
func Fill(module []byte, c Content) ([]byte, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode patterns: %w", err)
	}
	at := bytes.Index(module, []byte(EmptySlot))
	switch {
	case at < 0 || bytes.Count(module, []byte(EmptySlot)) > 1:
		return nil, fmt.Errorf("the module has not one room for patterns")
	case len(raw) > SlotSize:
		return nil, fmt.Errorf("the patterns have %d bytes, a module has room for %d: make two modules of them", len(raw), SlotSize)
	}
	out := bytes.Clone(module)
	copy(out[at:], raw)
	return out, nil
}
