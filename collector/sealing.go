package collector

import (
	"errors"

	"github.com/asrdiag/asrdiag/collector/internal/seal"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// recipients are those for whom a run encrypts: those of the command line, else
// those of the profile.
func (o *Options) recipients(p *profiles.Profile) (seal.Recipients, error) {
	list := o.EncryptTo
	if len(list) == 0 && p != nil {
		list = p.EncryptTo
	}
	r, err := seal.Parse(list)
	switch {
	case errors.Is(err, seal.ErrSecret):
		return r, &OptionError{
			"--encrypt-to: " + err.Error(),
			"give the public half, which begins with age1 (age-keygen -y prints it), and make a new key if the secret one was sent to you or typed here",
		}
	case err != nil:
		return r, &OptionError{"--encrypt-to: " + err.Error(), "give --encrypt-to the key that support named, age1..., or a file with it"}
	}
	return r, nil
}

// caseOf is the number of the case: that of the command line, else the profile's.
func (o *Options) caseOf(p *profiles.Profile) string {
	if o.Case != "" || p == nil {
		return o.Case
	}
	return p.Case
}

// settle has all entries so far in whole blocks of an encrypted bundle, so that a
// run that is killed has not lost them. What it takes is little, and it is left
// out when there is little room.
func (s *session) settle() {
	if s.seal.Suffix() == "" {
		return
	}
	if left, _ := s.store.Left(); left > 2*seal.Block {
		s.archive.Align(seal.Block)
	}
}
