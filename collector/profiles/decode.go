package profiles

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Decode reads one profile and validates it. A byte order mark is skipped. Its
// error joins everything that is wrong, each with line and member, but for
// mistakes of the JSON text itself, of which it tells the first.
func Decode(raw []byte) (*Profile, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxBytes)
	}
	sum := sha256.Sum256(raw)
	text := bytes.TrimPrefix(raw, []byte("\ufeff"))
	at, err := scan(text)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var p Profile
	if err := dec.Decode(&p); err != nil {
		return nil, place(text, dec, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the end of the profile")
	}
	p.SHA256 = hex.EncodeToString(sum[:])
	if err := p.Validate(); err != nil {
		return nil, at.located(err)
	}
	return &p, nil
}

// place adds the line to an error of the decoder.
func place(raw []byte, dec *json.Decoder, err error) error {
	line := func(at int) int { return 1 + bytes.Count(raw[:max(0, min(at, len(raw)))], []byte("\n")) }
	at := int(dec.InputOffset())
	if se := (*json.SyntaxError)(nil); errors.As(err, &se) {
		at = int(se.Offset)
	}
	if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) {
		return fmt.Errorf("line %d: member %q is a %.40s, want %s", line(int(te.Offset)), te.Field, te.Value, kindOf(te.Type.Kind().String()))
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("line %d: the text ends too early", line(len(raw)))
	}
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		at = bytes.Index(raw, []byte(name)) // the decoder tells it at the end only
	}
	return fmt.Errorf("line %d: %s", line(at), strings.TrimPrefix(err.Error(), "json: "))
}

// kindOf says in the words of JSON what a member has to be.
func kindOf(kind string) string {
	switch kind {
	case "slice":
		return "list"
	case "struct", "ptr":
		return "object"
	case "int", "int64":
		return "whole number"
	case "bool":
		return "true or false"
	}
	return kind
}
