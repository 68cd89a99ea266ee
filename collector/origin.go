package collector

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/asrdiag/asrdiag/collector/internal/redact"
	"github.com/asrdiag/asrdiag/collector/internal/vouch"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Origin says where a profile comes from that is not built in, and what it asks
// for beyond the one that is.
type Origin struct {
	File    string `json:"file"`
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	// SignedBy is whose key signed it and the number of that key; empty: nobody
	// whom the program knows, and Unsigned says why.
	SignedBy string `json:"signed_by,omitempty"`
	Unsigned string `json:"unsigned,omitempty"`
	Comment  string `json:"comment,omitempty"` // of the signer, signed with it
	// Base is the built-in profile that it is compared with, and Beyond what it
	// asks for and that one does not, a line each.
	Base   string   `json:"base"`
	Beyond []string `json:"beyond"`
	// Case and EncryptTo are what it says about the bundle.
	Case      string   `json:"case,omitempty"`
	EncryptTo []string `json:"encrypt_to,omitempty"`
}

// Inspect tells the origin of the profile that is named by the options; nil when
// it is built in. It reads the profile and its signature and nothing else.
func Inspect(opt Options) (*Origin, error) {
	if opt.Profile == "" {
		return nil, nil
	}
	_, origin, err := named(opt)
	return origin, err
}

// named finds the profile of the options and, for a file, who signed it. One
// whose signature does not hold is refused.
func named(opt Options) (*profiles.Profile, *Origin, error) {
	p, text, err := findProfile(opt.Profile)
	if err != nil || text == nil {
		return p, nil, err
	}
	base, err := baseOf(p)
	if err != nil {
		return nil, nil, err
	}
	o := &Origin{
		File: opt.Profile, Name: p.Name, Version: p.Version, SHA256: p.SHA256,
		Base: base.Name, Beyond: p.Beyond(base), Case: p.Case, EncryptTo: p.EncryptTo,
	}
	secrets := redact.New(redact.Options{}).Secrets()
	for i := range o.Beyond { // paths of this machine may have one
		o.Beyond[i] = secrets.String(o.Beyond[i], nil)
	}
	return p, o, o.verify(opt, text)
}

// verify looks for the signature beside the file.
func (o *Origin) verify(opt Options, text []byte) error {
	signature, err := readSignature(o.File + vouch.Suffix)
	if errors.Is(err, fs.ErrNotExist) {
		o.Unsigned = "there is no signature beside it, " + o.File + vouch.Suffix
		return nil
	}
	var who vouch.Signer
	if err == nil {
		who, err = vouch.Verify(opt.ProfileKeys, text, signature)
	}
	switch {
	case errors.Is(err, vouch.ErrUnknown):
		o.Unsigned = "it is signed, but " + err.Error() + ", which anybody may have made"
		return nil
	case err != nil:
		return &OptionError{
			fmt.Sprintf("profile %q: %v", o.File, err),
			"ask support for the profile and its " + vouch.Suffix + " again: one of them was changed on the way",
		}
	}
	o.SignedBy, o.Comment = strings.TrimSpace(opt.ProfileSigner+" "+who.Key), who.Comment
	return nil
}

// readSignature reads a signature. What is too long for one is none.
func readSignature(name string) ([]byte, error) {
	if fi, err := os.Stat(name); err == nil && !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: it is not a file", vouch.ErrBad)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, vouch.MaxBytes+1))
	if len(text) > vouch.MaxBytes {
		return nil, fmt.Errorf("%w: it is too long for one", vouch.ErrBad)
	}
	return text, err
}

// baseOf is the built-in profile that another one is a variant of: that of its
// name, else the first with one of its roles, else the one for all machines.
func baseOf(p *profiles.Profile) (*profiles.Profile, error) {
	list, err := profiles.Builtin()
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		if b.Name == p.Name {
			return b, nil
		}
	}
	for _, b := range list {
		if slices.ContainsFunc(p.Roles, func(r profiles.Role) bool { return hasRole(b, r.Role) }) {
			return b, nil
		}
	}
	return profiles.Named(profiles.Generic)
}

// allowed reports why a run must not use a profile of this origin.
func (o *Origin) allowed(opt Options) error {
	if o == nil || o.SignedBy != "" || opt.Agreed == o.SHA256 || opt.test.agreed {
		return nil
	}
	return &OptionError{
		fmt.Sprintf("profile %q is not vouched for: %s", o.File, o.Unsigned),
		fmt.Sprintf("see what it asks for with: asrcollect preview --profile %s; if you trust who gave it to you, say yes on a terminal, or give --yes", o.File),
	}
}

// signer is what the manifest says of a profile: who vouches for it.
func (o *Origin) signer() string {
	if o == nil {
		return "embedded"
	}
	return o.SignedBy
}
