package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/internal/seal"
	"github.com/asrdiag/asrdiag/collector/internal/source/disks"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// cachePath is the named path of a profile whose volume takes a bundle only
// when there is no other.
const cachePath = "cache"

// What a bundle may take of the volume of the cache: nothing unless more than a
// share of the volume and cacheFree besides are free, and then so much.
const (
	cacheShare = 5 // one part of so many
	cacheFree  = 2 << 30
	cacheMax   = 128 << 20
)

// smallest is the room that a bundle of facts takes.
const smallest = 1 << 20

// folderPatience is how long a folder may take to answer.
const folderPatience = 10 * time.Second

// place is where a bundle goes and what it may take there.
type place struct {
	dir              string
	maxSize, minFree int64
	cache            bool   // on the volume of the profile's cache
	host             string // as the bundle's name has it; empty: as it is
	seal             seal.Recipients
}

// NoFolderError means that no folder can take the bundle. Tried says why, one
// reason a folder.
type NoFolderError struct{ Tried []string }

func (e *NoFolderError) Error() string {
	return "no folder can take the bundle:\n" + strings.Join(e.Tried, "\n")
}

// choosePlace finds the folder for the bundle: the one of the options, or the
// first that will do.
func choosePlace(ctx context.Context, opt Options, p *profiles.Profile) (place, error) {
	pl := place{dir: opt.Out, maxSize: opt.MaxSize, minFree: opt.MinFree}
	if opt.Out == "-" {
		return pl, nil
	}
	if opt.Out != "" {
		_, err := within(folderPatience, fmt.Sprintf("use the output folder %q", opt.Out), func() (struct{}, error) { return struct{}{}, checkFolder(opt.Out, opt.MinFree) })
		return pl, err
	}
	folders := opt.test.folders
	if folders == nil {
		folders = defaultFolders()
	}
	c := &chooser{opt: opt, cache: cacheVolume(ctx, p)}
	return c.choose(folders)
}

// defaultFolders are the program's own, Documents and the temporary one.
func defaultFolders() []string {
	var out []string
	if exe, err := os.Executable(); err == nil {
		out = append(out, filepath.Dir(exe))
	}
	if dir := documents(); dir != "" {
		out = append(out, dir)
	}
	return append(out, os.TempDir())
}

// cacheVolume names the volume of the profile's cache; "" when there is none.
func cacheVolume(ctx context.Context, p *profiles.Profile) string {
	for _, path := range p.Paths {
		if path.Name != cachePath {
			continue
		}
		vol, err := within(folderPatience, "find the cache", func() (string, error) { return volumeOfPath(ctx, p, path) })
		if err == nil {
			return vol
		}
	}
	return ""
}

// volumeOfPath finds the volume of a named path, as far as it is known.
func volumeOfPath(ctx context.Context, p *profiles.Profile, path profiles.Path) (string, error) {
	vars := readSettings(ctx, p).conf.Vars
	dir, ok := vars.Expand("${" + path.Name + "}")
	if !ok {
		dir, ok = vars.Expand(path.Path) // it is not there yet
	}
	if !ok {
		return "", fmt.Errorf("the path %q is not known", path.Name)
	}
	return disks.Volume(dir)
}

// chooser goes through folders.
type chooser struct {
	opt   Options
	cache string // its volume
	tried []string
	spare *place // on the volume of the cache
}

func (c *chooser) choose(folders []string) (place, error) {
	for _, dir := range folders {
		pl, err := within(folderPatience, dir, func() (place, error) { return c.judge(dir) })
		switch {
		case err != nil:
			c.tried = append(c.tried, err.Error())
		case !pl.cache:
			return pl, nil
		case c.spare == nil:
			c.spare = &pl
		}
	}
	if c.spare != nil {
		return *c.spare, nil
	}
	return place{}, &NoFolderError{c.tried}
}

// judge says what a bundle may take in a folder. On the volume of the cache
// more than the options say stays free.
func (c *chooser) judge(dir string) (place, error) {
	pl := place{dir: dir, maxSize: c.opt.MaxSize, minFree: c.opt.MinFree}
	free, total, err := disks.Room(dir)
	if err != nil {
		return pl, fmt.Errorf("%s: %w", dir, err)
	}
	if vol, err := disks.Volume(dir); c.cache != "" && (err != nil || vol == c.cache) {
		pl.cache, pl.minFree = true, max(c.opt.MinFree, total/cacheShare+cacheFree)
		if pl.maxSize == 0 || pl.maxSize > cacheMax {
			pl.maxSize = cacheMax
		}
		if free <= pl.minFree+smallest {
			return pl, fmt.Errorf("%s: %s free on the volume of the cache, %s have to stay free there", dir, FormatSize(free), FormatSize(pl.minFree))
		}
	}
	if free < pl.minFree+smallest {
		return pl, &SpaceError{dir, free, pl.minFree}
	}
	return pl, writable(dir)
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".asrcollect-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// checkFolder says why a folder that the user named cannot take a bundle.
func checkFolder(dir string, minFree int64) error {
	fi, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("use the output folder: %w", err)
	}
	if !fi.IsDir() {
		return &fs.PathError{Op: "use the output folder", Path: dir, Err: syscall.ENOTDIR}
	}
	if free, err := disks.Free(dir); err == nil && free < minFree+leastRoom {
		return &SpaceError{dir, free, minFree}
	}
	return nil
}

// leastRoom is what a bundle that says what it lacks takes.
const leastRoom = 256 << 10

// Leftover is what a run that was killed has left.
type Leftover struct {
	Path string
	Size int64
	Map  bool // of pseudonyms, not a bundle
}

// leftovers lists what runs on this machine that were killed have left in a
// folder. Nothing is deleted: whole entries can be saved.
func leftovers(dir string) []Leftover {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []Leftover
	for _, e := range entries {
		if l, ok := leftMap(dir, e.Name()); ok {
			out = append(out, l)
		}
		if !leftBundle(e.Name()) {
			continue
		}
		if fi, err := e.Info(); err == nil && fi.Mode().IsRegular() {
			out = append(out, Leftover{Path: filepath.Join(dir, e.Name()), Size: fi.Size()})
		}
	}
	return out
}

// leftBundle reports whether a file has the name of an unfinished bundle of this
// machine, or of one whose host has a pseudonym: that of each run is another one.
func leftBundle(name string) bool {
	rest, ok := strings.CutPrefix(name, bundleBegin)
	return ok && (strings.HasSuffix(name, ".zip"+zipwriter.PartialSuffix) || strings.HasSuffix(name, ".zip"+seal.Suffix+zipwriter.PartialSuffix)) && (strings.HasPrefix(name, bundlePrefix(hostname())) || pseudonym.BeginsHost(rest))
}
