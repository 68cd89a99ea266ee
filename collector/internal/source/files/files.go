// Package files reads the metadata of named paths and of what globs find;
// nothing is opened.
package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/logs"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Read looks at every path. named are the paths of the profile that were
// resolved before; they come first. expand gives the path on this machine; ""
// when it stands for nothing here, and an error when nobody knows.
func Read(ctx context.Context, named []bundles.FileInfo, list []profiles.File, expand func(string) (string, error)) (bundles.Files, error) {
	f := bundles.Files{Taken: time.Now().UTC(), Items: append([]bundles.FileInfo{}, named...)}
	var errs []error
	for _, n := range named {
		if n.Error != "" {
			errs = append(errs, fmt.Errorf("%s: %s", n.Name, n.Error))
		}
	}
	for _, p := range list {
		where := cmp.Or(p.Path, p.Glob)
		item := bundles.FileInfo{Name: p.Name, Path: where}
		path, err := expand(where)
		switch {
		case err != nil:
			item.Error = err.Error()
			errs = append(errs, fmt.Errorf("%s: %w", p.Name, err))
		case path != "" && p.Glob != "":
			items, err := glob(ctx, p, path)
			f.Items, errs = append(f.Items, items...), append(errs, err)
			continue
		case path != "":
			item, err = paths.Look(ctx, p.Name, path)
			errs = append(errs, err)
		}
		f.Items = append(f.Items, item)
	}
	return f, errors.Join(errs...)
}

// glob lists the newest files that a glob finds, each an item of its name. When
// there is none, the item is that of the glob.
func glob(ctx context.Context, p profiles.File, path string) ([]bundles.FileInfo, error) {
	found, err := paths.Bounded(ctx, func() (logs.Found, error) { return logs.List(ctx, []string{path}), nil })
	if err == nil && len(found.Denied) > 0 {
		err = fmt.Errorf("%s: permission denied", found.Denied[0])
	}
	var out []bundles.FileInfo
	for _, file := range found.Files[:min(len(found.Files), cmp.Or(p.Max, profiles.DefaultListed))] {
		at := file.MTime.UTC()
		out = append(out, bundles.FileInfo{Name: p.Name, Path: file.Path, Exists: true, Size: file.Size, MTime: &at})
	}
	if len(out) == 0 || err != nil {
		item := bundles.FileInfo{Name: p.Name, Path: path}
		if err != nil {
			item.Error, err = err.Error(), fmt.Errorf("%s: %w", p.Name, err)
		}
		out = append(out, item)
	}
	return out, err
}
