package main

import (
	"github.com/spf13/pflag"

	"github.com/asrdiag/asrdiag/analyzer"
)

// identityFlag is that of all commands that open bundles.
func (a *app) identityFlag(f *pflag.FlagSet) {
	f.StringArrayVar(&a.identities, "identity", nil, "open encrypted bundles (.age) with the secret key in `KEYFILE`; repeatable")
}

// openIdentities reads the secret keys; without any it gives nil. They are not
// handed to worker processes, nor to anything else.
func (a *app) openIdentities() (*analyzer.Identities, error) {
	if len(a.identities) == 0 {
		return nil, nil
	}
	ids := &analyzer.Identities{}
	for _, name := range a.identities {
		if err := ids.Add(name); err != nil {
			return nil, err
		}
	}
	return ids, nil
}
