package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer"
	"github.com/asrdiag/asrdiag/analyzer/report"
	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
	"github.com/asrdiag/asrdiag/cmd/asrdiag/internal/packstore"
)

// desk is what a run knows of the user's packs: the store and the keys.
type desk struct {
	app   *app
	store packstore.Store // zero: there is no home for one
	own   packfile.Keyring
	keys  packfile.Keyring // own, and those of the trust store
}

// openDesk reads the keys. Those that cannot be used are told and left out: a
// pack that they signed is then refused.
func (a *app) openDesk() (*desk, error) {
	own, err := a.ownKeys()
	if err != nil {
		return nil, err
	}
	d := &desk{app: a, own: own, keys: own}
	d.store, err = packstore.Locate()
	if errors.Is(err, packstore.ErrNoHome) {
		return d, nil
	}
	if err != nil {
		return nil, failed(err, "name the store's folder by its whole path, or unset the variable")
	}
	trusted, problems, err := d.store.Keys()
	if err != nil {
		a.warnf("%v; none of its keys is trusted", err)
	}
	for _, p := range problems {
		if strings.HasSuffix(p.File, packfile.PublicKeyExt) {
			a.warnf("trust store: %q is not used: %v", p.File, p.Err)
		}
	}
	for _, k := range trusted.Keys() {
		if isNamed(own, k.Name) {
			a.warnf("trust store: key %q is not used: a key of asrdiag itself has this name", k.Name)
			continue
		}
		d.keys = d.keys.With(k.Name, k.Key)
	}
	return d, nil
}

func isNamed(ring packfile.Keyring, name string) bool {
	return slices.ContainsFunc(ring.Keys(), func(k packfile.NamedKey) bool { return strings.EqualFold(k.Name, name) })
}

// needStore reports that there is no place for packs and keys.
func (d *desk) needStore() error {
	if d.store.Packs == "" {
		return failed(packstore.ErrNoHome, "set HOME, or name a folder for packs and keys in "+packstore.HomeVariable)
	}
	return nil
}

// refused is a pack of the store that must not be used.
type refused struct {
	packstore.Entry
	err error
}

// installed verifies the packs of the store, those of one name or all. With
// light it keeps only what is needed to choose among them.
func (d *desk) installed(name string, light bool) (packs []pack, bad []refused, err error) {
	if d.store.Packs == "" {
		return nil, nil, nil
	}
	entries, problems, err := d.store.Entries()
	if err != nil {
		d.app.warnf("%v; no installed pack is used", err)
		return nil, nil, nil
	}
	for _, p := range problems {
		if strings.HasSuffix(p.File, packfile.Ext) {
			d.app.warnf("pack store: %q is not used: its name is not NAME-VERSION%s", p.File, packfile.Ext)
		}
	}
	for _, e := range entries {
		if name != "" && e.Name != name {
			continue
		}
		p, err := recovering(func() (*packfile.Pack, error) { return e.Open(d.keys, false) })
		if err != nil {
			bad = append(bad, refused{e, err})
			continue
		}
		packs = append(packs, fromStore(e, p, light))
	}
	return packs, bad, nil
}

func fromStore(e packstore.Entry, p *packfile.Pack, light bool) pack {
	ref := analyzer.PackRef{File: e.File, SHA256: p.SHA256, SignedBy: p.SignedBy}
	if light {
		p = &packfile.Pack{Manifest: p.Manifest, SHA256: p.SHA256, SignedBy: p.SignedBy}
	}
	return pack{p, ref, e.File}
}

// selection is what a run uses, by name, and what it must not use.
type selection struct {
	packs   []pack
	refused []refused
}

// all gives every pack that may be used, embedded ones first.
func (d *desk) all(open opener, light bool) ([]pack, []refused, error) {
	embedded, err := d.app.embeddedPacks(open)
	if err != nil {
		return nil, nil, err
	}
	installed, bad, err := d.installed("", light)
	return append(embedded, installed...), bad, err
}

// newest gives the newest pack of every name: by release, then by version. Of
// two that are equal in both the first stays.
func newest(packs []pack) map[string]pack {
	best := map[string]pack{}
	for _, p := range packs {
		if old, ok := best[p.Manifest.Name]; !ok || old.Manifest.Compare(p.Manifest) < 0 {
			best[p.Manifest.Name] = p
		}
	}
	return best
}

// usePacks gives the packs of a run: of every name the newest, embedded or
// installed, but for those that the user names. For peeking, open gives no more
// than manifests.
func (a *app) usePacks(o packFlags, open opener, light bool) (selection, error) {
	d, err := a.openDesk()
	if err != nil {
		return selection{}, err
	}
	all, bad, err := d.all(open, light)
	if err != nil {
		return selection{}, err
	}
	use := newest(all)
	named := map[string]string{}
	for _, arg := range o.files {
		p, err := d.find(arg, all, bad, o.allowUnsigned)
		if err != nil {
			return selection{}, err
		}
		name := p.Manifest.Name
		if other, twice := named[name]; twice {
			return selection{}, usagef("name one of them", "%q and %q are both pack %q", other, arg, name)
		}
		named[name], use[name] = arg, p
	}
	s := selection{packs: sorted(use), refused: bad}
	a.warnRefused(s, use)
	if len(s.packs) == 0 {
		return s, errNoPacks
	}
	return s, nil
}

func sorted(use map[string]pack) []pack {
	list := make([]pack, 0, len(use))
	for _, p := range use {
		list = append(list, p)
	}
	slices.SortFunc(list, func(x, y pack) int { return cmp.Compare(x.Manifest.Name, y.Manifest.Name) })
	return list
}

// warnRefused tells what of the store is not used, and what is used instead.
func (a *app) warnRefused(s selection, use map[string]pack) {
	for _, r := range s.refused {
		instead := "no other version is there, so its checks are missing"
		if p, ok := use[r.Name]; ok {
			instead = fmt.Sprintf("%s (%s) is used", p.Manifest.Version, p.state())
		}
		a.warnf("installed pack %s@%s is not used: %v; %s", r.Name, r.Version, r.err, instead)
	}
}

// inReport is what the report says of packs that were left out.
func (s selection) inReport() []report.RefusedPack {
	var list []report.RefusedPack
	for _, r := range s.refused {
		list = append(list, report.RefusedPack{Name: r.Name, Version: r.Version, Reason: r.err.Error()})
	}
	return list
}

// find gives the pack that a user names: NAME and NAME@VERSION among those that
// are there, else a file.
func (d *desk) find(arg string, all []pack, bad []refused, allowUnsigned bool) (pack, error) {
	name, version, ok := splitName(arg)
	if !ok {
		return d.loadPack(arg, allowUnsigned)
	}
	var fit []pack
	for _, p := range all {
		if p.Manifest.Name == name && (version == "" || p.Manifest.Version == version) {
			fit = append(fit, p)
		}
	}
	if p, ok := newest(fit)[name]; ok {
		return p, nil
	}
	for _, r := range bad {
		if r.Name == name && (version == "" || r.Version == version) {
			return pack{}, installedFailure(r.Entry, r.err)
		}
	}
	return pack{}, failed(fmt.Errorf("no pack %q is installed or built in", arg),
		"asrdiag pack list shows those that are; of a file give the whole name: "+strings.ReplaceAll(arg, "@", "-")+packfile.Ext)
}

// splitName takes NAME or NAME@VERSION apart. What is neither is a file: names
// have no dots and no separators.
func splitName(arg string) (name, version string, ok bool) {
	name, version, at := strings.Cut(arg, "@")
	return name, version, abi.ValidID(name) && (!at || packfile.ValidVersion(version))
}
