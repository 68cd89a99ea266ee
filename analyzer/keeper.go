package analyzer

import (
	"io/fs"
	"slices"

	"github.com/asrdiag/asrdiag/analyzer/internal/wasmhost"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// maxKept is how many modules a worker keeps. A run over bundles of both roles
// needs two.
const maxKept = 2

// keeper has what a worker keeps from one small bundle for the next: packs that were
// opened and modules that were loaded, which takes longer than running them.
// Instances are not: each run of a module has memory of its own. A nil keeper keeps
// nothing.
type keeper struct {
	packs   map[PackRef]*packfile.Pack
	modules []keptModule // longest unused first
}

type keptModule struct {
	key    string
	module *wasmhost.Module
}

// openPacks opens packs, or gives those that were opened under the same hash.
func (k *keeper) openPacks(list []PackRef, embedded fs.FS) (packs []*packfile.Pack, err error) {
	if k == nil {
		return openPacks(list, embedded)
	}
	for _, ref := range list {
		p := k.packs[ref]
		if p == nil {
			if p, err = ref.open(embedded); err != nil {
				return nil, err
			}
			if k.packs == nil {
				k.packs = map[PackRef]*packfile.Pack{}
			}
			k.packs[ref] = p
		}
		packs = append(packs, p)
	}
	return packs, nil
}

// take hands out a module, nil when it is not there.
func (k *keeper) take(key string) *wasmhost.Module {
	if k == nil {
		return nil
	}
	i := slices.IndexFunc(k.modules, func(m keptModule) bool { return m.key == key })
	if i < 0 {
		return nil
	}
	m := k.modules[i].module
	k.modules = slices.Delete(k.modules, i, i+1)
	return m
}

// give takes back a module that is no longer used, and closes it or another one
// when there are too many.
func (k *keeper) give(key string, m *wasmhost.Module) {
	if k == nil {
		m.Close()
		return
	}
	if k.modules = append(k.modules, keptModule{key, m}); len(k.modules) > maxKept {
		k.modules[0].module.Close()
		k.modules = slices.Delete(k.modules, 0, 1)
	}
}

// drop lets go of everything.
func (k *keeper) drop() {
	for _, m := range k.modules {
		m.module.Close()
	}
	*k = keeper{}
}
