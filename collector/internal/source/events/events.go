// Package events reads chosen records of the Windows event log: their
// parameters, not the rendered text, which would be in the machine's language.
package events

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/pending"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Limits of records.
const (
	maxParameters = 32
	maxText       = 512     // bytes of one parameter
	maxRecord     = 1 << 20 // bytes as the system writes it
	maxTotal      = 8 << 20 // bytes of the parameters of all records
)

// errSilent is what an event log gives that is not there: neither a result nor
// an error.
var errSilent = errors.New("the event log does not answer")

// Query gives the records of a channel that an expression chooses, the newest
// first, as XML.
type Query func(channel, expression string, max int) ([]string, error)

// Read reads what a profile names, oldest first. A channel that does not answer
// is left behind; those after it are not asked then. query is nil for the event
// log of this system. The error says what is missing.
func Read(ctx context.Context, list []profiles.Event, query Query) ([]bundles.Event, error) {
	if query == nil {
		query = system
	}
	var out []bundles.Event
	var errs []error
	var line pending.Line
	size := 0
	for _, e := range list {
		if err := ctx.Err(); err != nil {
			errs = append(errs, err)
			break
		}
		most := min(cmp.Or(e.Max, profiles.DefaultEvents), profiles.MaxEvents-len(out))
		if most <= 0 {
			errs = append(errs, fmt.Errorf("more than %d records", profiles.MaxEvents))
			break
		}
		records, err := ask(ctx, &line, func() ([]string, error) { return query(e.Channel, Expression(e), most) })
		if errors.Is(err, errSilent) && len(records) == 0 {
			errs = append(errs, err)
			break
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a channel that is not there has no records
			errs = append(errs, fmt.Errorf("%s, %s: %w", e.Channel, e.Provider, err))
		}
		for _, text := range records {
			ev, err := Parse(text)
			if size += len(ev.Parameters); err == nil && size > maxTotal {
				err = errors.New("the parameters are too large")
			}
			if err == nil {
				out = append(out, ev)
			} else {
				errs = append(errs, fmt.Errorf("%s, %s: %w", e.Channel, e.Provider, err))
			}
		}
	}
	sort.Stable(byTime(out))
	return out, errors.Join(errs[:min(len(errs), 20)]...)
}

// wait is how long one item may take.
const wait = 5 * time.Second

func ask(ctx context.Context, line *pending.Line, f func() ([]string, error)) ([]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, wait, fmt.Errorf("no answer within %v", wait))
	defer cancel()
	var list []string
	var failed error
	if err := line.Ask(ctx, func() error { list, failed = f(); return nil }); err != nil {
		return nil, err // list may still be written to
	}
	return list, failed
}

type byTime []bundles.Event

func (l byTime) Len() int           { return len(l) }
func (l byTime) Less(i, j int) bool { return l[i].T.Before(l[j].T) }
func (l byTime) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Expression chooses the records of an item, in the event log's own form of
// XPath.
func Expression(e profiles.Event) string {
	var ids []string
	for _, id := range e.IDs {
		ids = append(ids, "EventID="+strconv.Itoa(id))
	}
	age := int64(cmp.Or(e.Days, profiles.DefaultDays)) * 24 * 3600 * 1000
	return fmt.Sprintf("*[System[Provider[@Name='%s'] and (%s) and TimeCreated[timediff(@SystemTime) <= %d]]]", e.Provider, strings.Join(ids, " or "), age)
}

// Parse reads one record as the event log writes it.
func Parse(text string) (bundles.Event, error) {
	var r record
	if len(text) > maxRecord {
		return r.Event, fmt.Errorf("a record of %d bytes", len(text))
	}
	if err := walk(text, &r); err != nil {
		return r.Event, fmt.Errorf("a record that is no XML: %w", err)
	}
	if r.T.IsZero() || r.Provider == "" {
		return r.Event, errors.New("a record without time or provider")
	}
	return r.Event, r.encode()
}

// parameter is one datum of a record; it may have no name.
type parameter struct{ name, value string }

// record is what has been read of one.
type record struct {
	bundles.Event
	data []parameter
}

// open takes the beginning of an element. path has the names of the elements
// above it and its own.
func (r *record) open(path []string, attr map[string]string) {
	if len(path) != 3 || path[1] != "System" {
		return
	}
	switch path[2] {
	case "Provider":
		r.Provider = attr["Name"]
	case "TimeCreated":
		if t, err := time.Parse(time.RFC3339Nano, attr["SystemTime"]); err == nil {
			r.T = t.UTC()
		}
	}
}

// text takes what stands in an element that has no others in it.
func (r *record) text(path []string, attr map[string]string, text string) {
	if len(path) < 3 {
		return
	}
	last := path[len(path)-1]
	switch path[1] {
	case "System":
		n, _ := strconv.ParseUint(text, 10, 16)
		switch last {
		case "EventID":
			r.ID = int(n)
		case "Level":
			r.Level = int(n)
		case "Channel":
			r.Channel = text
		}
	case "EventData", "UserData":
		if last == "Binary" || len(r.data) >= maxParameters {
			return
		}
		name := attr["Name"]
		if path[1] == "UserData" {
			name = last
		}
		r.data = append(r.data, parameter{name, clip(text)})
	}
}

// clip cuts a text at the limit, and not inside of a character.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}

// encode sets the parameters: an object when all have names of their own.
func (r *record) encode() error {
	if len(r.data) == 0 {
		return nil
	}
	named, list := map[string]string{}, []string{}
	for _, d := range r.data {
		list = append(list, d.value)
		if d.name != "" {
			named[d.name] = d.value
		}
	}
	var err error
	if len(named) == len(list) {
		r.Parameters, err = json.Marshal(named)
	} else {
		r.Parameters, err = json.Marshal(list)
	}
	return err
}
