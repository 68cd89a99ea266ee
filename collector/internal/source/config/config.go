// Package config reads allow-listed keys of configuration files: KEY = "value",
// INI with sections, and KEY=value. Values of other keys are never kept.
package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// maxBytes is the largest configuration file that is read.
const maxBytes = 1 << 20

// Vars are the values that were read, by the profile's name of the file and
// then by "key" or "section:key".
type Vars map[string]map[string]string

// Get gives a value.
func (v Vars) Get(name, key string) (string, bool) {
	s, ok := v[name][strings.ToLower(key)]
	return s, ok
}

// Expand replaces ${name:key} in a path by what was read, and %NAME% by the
// environment. It reports false when something is not known or the result is
// not an absolute path.
func (v Vars) Expand(path string) (string, bool) {
	ok := true
	out := expand(path, "${", "}", func(ref string) (string, bool) {
		name, key, _ := strings.Cut(ref, ":")
		return v.Get(name, key)
	}, &ok)
	out = expand(out, "%", "%", os.LookupEnv, &ok)
	for elem := range strings.FieldsFuncSeq(out, func(r rune) bool { return r == '/' || r == '\\' }) {
		ok = ok && elem != ".."
	}
	return out, ok && filepath.IsAbs(out)
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
	*ok = *ok && known && val != ""
	return head + val + expand(tail, open, end, get, ok)
}

// Read reads the files of a profile. The error joins those of single files.
func Read(ctx context.Context, files []profiles.Config) (bundles.Config, Vars, error) {
	f := bundles.Config{Taken: time.Now().UTC(), Items: []bundles.ConfigFile{}}
	vars := Vars{}
	var errs []error
	for _, c := range files {
		if ctx.Err() != nil {
			errs = append(errs, ctx.Err())
			break
		}
		item, err := readOne(c, vars)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name, err))
		}
		f.Items = append(f.Items, item)
	}
	return f, vars, errors.Join(errs...)
}

// readOne reads the first file that exists.
func readOne(c profiles.Config, vars Vars) (bundles.ConfigFile, error) {
	item := bundles.ConfigFile{Name: c.Name}
	for _, p := range c.Paths {
		path, ok := vars.Expand(p)
		if !ok {
			continue
		}
		if item.File == "" {
			item.File = path
		}
		text, mtime, err := read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		item.File, item.Exists = path, true
		if err != nil {
			item.Error = err.Error()
			return item, err
		}
		item.LastWrite = &mtime
		item.Values = Select(Parse(text), c.Keys)
		vars[c.Name] = map[string]string{}
		for _, v := range item.Values {
			vars[c.Name][strings.ToLower(fullKey(v))] = v.Value
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

func read(path string) (string, time.Time, error) {
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
	raw, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err == nil && len(raw) > maxBytes {
		err = fmt.Errorf("%q is larger than %d bytes", path, maxBytes)
	}
	return string(raw), fi.ModTime().UTC(), err
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
