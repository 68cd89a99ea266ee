// Package config reads allow-listed keys of configuration files: KEY = "value",
// INI with sections, KEY=value, and JSON. Values of other keys are never kept.
package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/charset"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// maxBytes is the largest configuration file that is read.
const maxBytes = 1 << 20

// Vars are the values that were read, by the profile's name of the file and
// then by "key" or "section:key". Named paths stand under their name and an
// empty key, values of the registry under the key's path in lower case.
type Vars map[string]map[string]string

// Get gives a value. Of a key that stands in a section the section may be left
// out.
func (v Vars) Get(name, key string) (string, bool) {
	s, ok := v[group(name)][strings.ToLower(key)]
	return s, ok
}

func group(name string) string {
	if strings.Contains(name, `\`) {
		return strings.ToLower(name)
	}
	return name
}

func (v Vars) set(name, key, value string) {
	name = group(name)
	if v[name] == nil {
		v[name] = map[string]string{}
	}
	v[name][strings.ToLower(key)] = value
}

// AddRegistry adds the texts and numbers of keys that were read.
func (v Vars) AddRegistry(f bundles.Registry) {
	for _, k := range f.Items {
		for _, val := range k.Values {
			var text string
			if json.Unmarshal(val.Data, &text) == nil {
				v.set(k.Key, val.Name, text)
			} else if _, err := strconv.ParseUint(string(val.Data), 10, 64); err == nil {
				v.set(k.Key, val.Name, string(val.Data))
			}
		}
	}
}

// Expand replaces ${...} in a path by what was read, and %NAME% by the
// environment. It reports false when something is not known, has a wildcard, or
// leads up, and when the result is not an absolute path.
func (v Vars) Expand(path string) (string, bool) {
	ok := true
	out := expand(path, "${", "}", func(ref string) (string, bool) {
		name, key, _ := strings.Cut(ref, ":")
		return v.Get(name, key)
	}, &ok)
	out = expand(out, "%", "%", os.LookupEnv, &ok)
	return out, ok && !profiles.Upward(out) && filepath.IsAbs(out) && local(out)
}

// local reports whether a path is one of this machine: a value that was read may
// name a server, or a device.
func local(path string) bool { return len(filepath.VolumeName(path)) <= len("C:") }

// Glob is Expand for a glob: it also wants a folder before the first wildcard,
// that is not one of everything or everybody.
func (v Vars) Glob(glob string) (string, bool) {
	out, ok := v.Expand(glob)
	return out, ok && profiles.Bounded(out) && profiles.Narrow(out)
}

func expand(s, open, end string, get func(string) (string, bool), ok *bool) string {
	head, rest, found := strings.Cut(s, open)
	if !found {
		return s
	}
	name, tail, found := strings.Cut(rest, end)
	if !found {
		return s
	}
	val, known := get(name)
	*ok = *ok && known && val != "" && !strings.ContainsAny(val, "*?\x00")
	return join(head, val, expand(tail, open, end, get, ok))
}

// join puts a value between head and tail; a root brings its own separator.
func join(head, val, tail string) string {
	if tail != "" && os.IsPathSeparator(tail[0]) && val != "" && os.IsPathSeparator(val[len(val)-1]) {
		val = val[:len(val)-1]
	}
	return head + val + tail
}

// Result is what Read found.
type Result struct {
	Fact  bundles.Config
	Paths []bundles.FileInfo // the named paths
	Vars  Vars
	// Unknown are the files of which it is not known whether they exist: a
	// reference in their paths was not known.
	Unknown map[string]bool
}

// Read reads the files and resolves the paths of a profile in the order of its
// steps. vars, which may be nil, is what is known before. Values whose names are
// secret, where that can be told, are not among the Vars: what refers to one would tell it. The error joins those
// of single files.
func Read(ctx context.Context, steps []profiles.Step, vars Vars, secret func(name string) bool) (Result, error) {
	r := Result{Fact: bundles.Config{Taken: time.Now().UTC(), Items: []bundles.ConfigFile{}}, Vars: Vars{}, Unknown: map[string]bool{}}
	for name, s := range vars {
		r.Vars[name] = maps.Clone(s)
	}
	var errs []error
	for _, s := range steps {
		if ctx.Err() != nil {
			errs = append(errs, ctx.Err())
			break
		}
		if s.Path != nil {
			r.path(ctx, *s.Path)
			continue
		}
		item, err := r.file(ctx, *s.Config, secret)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Config.Name, err))
		}
		r.Fact.Items = append(r.Fact.Items, item)
	}
	return r, errors.Join(errs...)
}

// path resolves a named path. What goes wrong is told by its item.
func (r *Result) path(ctx context.Context, p profiles.Path) {
	path, ok := r.Vars.Expand(p.Path)
	if !ok {
		r.Paths = append(r.Paths, bundles.FileInfo{Name: p.Name, Path: p.Path})
		return
	}
	item, real, _ := paths.Named(ctx, p, path)
	r.Paths = append(r.Paths, item)
	if real != "" {
		r.Vars.set(p.Name, "", real)
	}
}

// content is a configuration file as it was read.
type content struct {
	text  string
	mtime time.Time
}

// file reads the first file that exists.
func (r *Result) file(ctx context.Context, c profiles.Config, secret func(string) bool) (bundles.ConfigFile, error) {
	item := bundles.ConfigFile{Name: c.Name}
	for _, p := range c.Paths {
		path, ok := r.Vars.Expand(p)
		if !ok {
			r.Unknown[c.Name] = true
			continue
		}
		if item.File == "" {
			item.File = path
		}
		got, err := paths.Bounded(ctx, func() (content, error) {
			text, mtime, err := read(path)
			return content{text, mtime}, err
		})
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		delete(r.Unknown, c.Name)
		item.File, item.Exists = path, true
		if err != nil {
			item.Error = err.Error()
			return item, err
		}
		item.LastWrite = &got.mtime
		if item.Values, err = chosen(got.text, c); err != nil {
			item.Error = err.Error()
			return item, err
		}
		for _, v := range item.Values {
			if v.Present != nil || secret != nil && secret(v.Key) {
				continue
			}
			r.Vars.set(c.Name, fullKey(v), v.Value)
			if _, ok := r.Vars.Get(c.Name, v.Key); !ok {
				r.Vars.set(c.Name, v.Key, v.Value)
			}
		}
		return item, nil
	}
	if item.File == "" {
		item.File = c.Paths[0]
	}
	return item, nil
}

func fullKey(v bundles.ConfigValue) string {
	if v.Section == "" {
		return v.Key
	}
	return v.Section + ":" + v.Key
}

// chosen reads the values that a profile asks for out of a text of any form.
func chosen(text string, c profiles.Config) ([]bundles.ConfigValue, error) {
	doc, ok := document(text)
	if !ok {
		all := Parse(text)
		return append(Select(all, c.Keys), presence(Select(all, c.Presence))...), nil
	}
	all, err := parseJSON(doc)
	if err != nil {
		return nil, err
	}
	return append(exactly(all, c.Keys), presence(exactly(all, c.Presence))...), nil
}

// presence takes the values away.
func presence(list []bundles.ConfigValue) []bundles.ConfigValue {
	for i := range list {
		n := len(list[i].Value)
		there := n > 0
		list[i].Value, list[i].Present, list[i].Length = "", &there, &n
	}
	return list
}

func read(path string) (string, time.Time, error) {
	never := fmt.Errorf("%q holds keys or credentials and is never read", path)
	if profiles.NeverRead(path) {
		return "", time.Time{}, never
	}
	f, err := openRegular(path)
	if err != nil {
		return "", time.Time{}, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return "", time.Time{}, err
	}
	if !fi.Mode().IsRegular() {
		return "", time.Time{}, fmt.Errorf("%q is not a regular file", path)
	}
	// the file is open: whoever exchanges a link now is too late. Some file systems
	// do not tell where a file is
	if real, err := paths.BehindLinks(path); err == nil {
		there, err := os.Stat(real)
		if profiles.NeverRead(real) || err != nil || !os.SameFile(fi, there) {
			return "", time.Time{}, never
		}
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return "", time.Time{}, err
	}
	text, err := decoded(path, raw)
	return text, fi.ModTime().UTC(), err
}

// decoded gives the text of a file of any encoding that editors write.
func decoded(path string, raw []byte) (string, error) {
	if len(raw) > maxBytes {
		return "", fmt.Errorf("%q is larger than %d bytes", path, maxBytes)
	}
	encoding, ok := charset.Sniff(raw[:min(len(raw), charset.SniffBytes)])
	if !ok {
		return "", fmt.Errorf("%q is no text", path)
	}
	return charset.Decode(raw, encoding), nil
}

// Parse reads the settings of a text, in order. Lines that are none are skipped.
func Parse(text string) []bundles.ConfigValue {
	var out []bundles.ConfigValue
	section := ""
	for l := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' || l[0] == ';' {
			continue
		}
		if l[0] == '[' && l[len(l)-1] == ']' {
			section = strings.TrimSpace(l[1 : len(l)-1])
			continue
		}
		key, val, ok := strings.Cut(strings.TrimPrefix(l, "export "), "=")
		if key = strings.TrimSpace(key); ok && key != "" {
			out = append(out, bundles.ConfigValue{Section: section, Key: key, Value: unquote(strings.TrimSpace(val))})
		}
	}
	return out
}

// unquote takes the quotes off a value, and a comment behind it.
func unquote(s string) string {
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return s[1 : 1+end]
		}
	}
	return s
}

// Select keeps the allow-listed keys: "key" in any section, or "section:key".
// Case does not count.
func Select(all []bundles.ConfigValue, keys []string) []bundles.ConfigValue {
	var out []bundles.ConfigValue
	for _, v := range all {
		for _, k := range keys {
			if strings.EqualFold(k, fullKey(v)) || strings.EqualFold(k, v.Key) {
				out = append(out, v)
				break
			}
		}
	}
	return out
}

// exactly keeps the allow-listed keys of a JSON document: "key" of its own, or
// "section:key". Case does not count.
func exactly(all []bundles.ConfigValue, keys []string) []bundles.ConfigValue {
	var out []bundles.ConfigValue
	for _, v := range all {
		if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, fullKey(v)) }) {
			out = append(out, v)
		}
	}
	return out
}
