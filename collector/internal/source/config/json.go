package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/asrdiag/asrdiag/bundles"
)

// maxNested is how deep the objects of a JSON file may lie in each other.
const maxNested = 32

// document gives the JSON of a configuration file. The product writes some with
// a line in front of it that is none.
func document(text string) (string, bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if strings.HasPrefix(text, "{") {
		return text, true
	}
	head, rest, _ := strings.Cut(text, "\n")
	rest = strings.TrimSpace(rest)
	return rest, strings.HasPrefix(rest, "{") && !strings.ContainsAny(head, "=[#;")
}

// parseJSON reads the texts, numbers and truths of an object and of the objects
// in it. The section of a value are the names of the objects around it, with
// dots between. A list of such values is one, with commas between; what lies in
// other lists is not read.
func parseJSON(text string) ([]bundles.ConfigValue, error) {
	w := jsonWalk{dec: json.NewDecoder(strings.NewReader(text))}
	w.dec.UseNumber()
	_, err := w.dec.Token()
	if err == nil {
		err = w.object("", 1)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	return w.out, nil
}

// jsonWalk collects the values of a document.
type jsonWalk struct {
	dec *json.Decoder
	out []bundles.ConfigValue
}

// object reads the members of an object whose brace was read.
func (w *jsonWalk) object(section string, depth int) error {
	if depth > maxNested {
		return fmt.Errorf("nested deeper than %d", maxNested)
	}
	for w.dec.More() {
		name, err := w.dec.Token()
		if err != nil {
			return err
		}
		key, _ := name.(string)
		if err := w.member(section, key, depth); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

func (w *jsonWalk) member(section, key string, depth int) error {
	tok, err := w.dec.Token()
	switch {
	case err != nil:
		return err
	case tok == json.Delim('{'):
		return w.object(strings.TrimPrefix(section+"."+key, "."), depth+1)
	case tok == json.Delim('['):
		list, plain, err := w.list(depth + 1)
		if plain && key != "" {
			w.out = append(w.out, bundles.ConfigValue{Section: section, Key: key, Value: strings.Join(list, ",")})
		}
		return err
	}
	if value, ok := scalar(tok); ok && key != "" {
		w.out = append(w.out, bundles.ConfigValue{Section: section, Key: key, Value: value})
	}
	return nil
}

// list reads a list whose bracket was read. plain says that it holds no other
// lists and no objects.
func (w *jsonWalk) list(depth int) (values []string, plain bool, err error) {
	if depth > maxNested {
		return nil, false, fmt.Errorf("nested deeper than %d", maxNested)
	}
	plain = true
	for w.dec.More() {
		tok, err := w.dec.Token()
		if err != nil {
			return nil, false, err
		}
		switch tok {
		case json.Delim('{'):
			plain, err = false, (&jsonWalk{dec: w.dec}).object("", depth+1)
		case json.Delim('['):
			plain = false
			_, _, err = w.list(depth + 1)
		default:
			value, _ := scalar(tok)
			values = append(values, value)
		}
		if err != nil {
			return nil, false, err
		}
	}
	_, err = w.dec.Token()
	return values, plain, err
}

// scalar gives the text of a value; null is none.
func scalar(tok json.Token) (string, bool) {
	switch v := tok.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}
