package collector

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/asrdiag/asrdiag/collector/internal/ownnames"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// PreviewNames is the kind of the items on names and addresses.
const PreviewNames = "names and addresses"

// maxPreviewNames is how many names of a class are shown.
const maxPreviewNames = 8

// nameKinds say what the classes are, in the order in which they are shown.
var nameKinds = []struct {
	rule, what string
	strict     bool // stays in standard mode
	classes    []pseudonym.Class
}{
	{"user", "accounts of people and of services", false, []pseudonym.Class{pseudonym.User}},
	{"email", "e-mail addresses", false, []pseudonym.Class{pseudonym.Email}},
	{"id", "GUIDs, storage accounts, vaults", false, []pseudonym.Class{pseudonym.GUID, pseudonym.Account}},
	{"host", "host names and private domains", true, []pseudonym.Class{pseudonym.Host}},
	{"address", "IP addresses, this machine's own among them", true, []pseudonym.Class{pseudonym.Address}},
}

// names says which names and addresses would be replaced, with those that this
// machine and the settings which were read have.
func (v *viewer) names() {
	found := v.identities()
	for _, k := range nameKinds {
		item := PreviewItem{Kind: PreviewNames, Name: k.rule, What: []string{k.what}, Treatment: "pseudonyms, alike in all files", Why: "people and machines stay unnamed, and can still be told apart"}
		if k.strict && modeOf(v.opt) != pseudonym.Strict {
			item.Treatment, item.Why = "whole; --privacy strict makes pseudonyms", "support can name the machine and the way to it"
		}
		var here []string
		for _, c := range k.classes {
			here = append(here, found[c]...)
		}
		more := len(here) - maxPreviewNames
		item.What = append(item.What, here[:min(len(here), maxPreviewNames)]...)
		if more > 0 {
			item.What = append(item.What, fmt.Sprintf("and others of these settings: %d", more))
		}
		v.add(item)
	}
}

// identities are the names and addresses that are known without reading a log and
// without a socket, as asking for the machine's own addresses would need.
func (v *viewer) identities() map[pseudonym.Class][]string {
	own := ownnames.Read()
	base, err := baseOf(v.p)
	if err != nil {
		base = &profiles.Profile{} // then fewer names stay
	}
	h := &nameHunt{
		finder: pseudonym.NewFinder(pseudonym.Strict, pseudonym.Known{Hosts: own.Hosts, Users: own.Users, Words: wordsOf(base)}),
		mapper: pseudonym.NewMapper(pseudonym.NewKey(), pseudonym.Options{Public: publicNames(base)}),
		found:  map[pseudonym.Class][]string{},
	}
	for _, host := range own.Hosts {
		h.look("host", host)
	}
	for _, user := range own.Users {
		h.look("user", user)
	}
	for _, k := range v.known.reg.Items {
		for _, value := range k.Values {
			var text string
			if json.Unmarshal(value.Data, &text) == nil {
				h.look(value.Name, v.red.String(text, nil))
			}
		}
	}
	for _, f := range v.known.conf.Fact.Items {
		for _, value := range f.Values {
			h.look(value.Key, v.red.String(value.Value, nil))
		}
	}
	return h.found
}

// nameHunt collects names, each once.
type nameHunt struct {
	finder *pseudonym.Finder
	mapper *pseudonym.Mapper
	found  map[pseudonym.Class][]string
}

func (h *nameHunt) look(name, text string) {
	for _, id := range h.finder.FindNamed(name, []byte(text), nil) {
		it := text[id.Start:id.End]
		stays := string(h.mapper.Append(nil, id.Class, []byte(it))) == it
		if !stays && !slices.Contains(h.found[id.Class], it) {
			h.found[id.Class] = append(h.found[id.Class], it)
		}
	}
}
