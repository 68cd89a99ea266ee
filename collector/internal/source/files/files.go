// Package files reads the metadata of named paths; nothing is opened.
package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
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
		item := bundles.FileInfo{Name: p.Name, Path: p.Path}
		path, err := expand(p.Path)
		if err != nil {
			item.Error = err.Error()
			errs = append(errs, fmt.Errorf("%s: %w", p.Name, err))
		} else if path != "" {
			item, err = paths.Look(ctx, p.Name, path)
			errs = append(errs, err)
		}
		f.Items = append(f.Items, item)
	}
	return f, errors.Join(errs...)
}
