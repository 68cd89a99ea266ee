package main

import (
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

// productKey is left by setup on every configuration and process server.
const productKey = `HKLM\SOFTWARE\Wow6432Node\InMage Systems\Installed Products\9`

// ours runs a check on process servers only: a machine of unknown role has to say
// by its configuration or its registry that it is one.
func ours(run func(*check.Pass) error) func(*check.Pass) error {
	return func(p *check.Pass) error {
		if p.Role == bundles.RoleUnknown && !saysProcessServer(p) {
			p.NotApplicable("nothing on this machine says that it is a process server")
			return nil
		}
		return run(p)
	}
}

func saysProcessServer(p *check.Pass) bool {
	if i, key := keyAt(optional[bundles.Registry](p, "registry"), productKey); i >= 0 && key.Exists {
		return true
	}
	_, ok := addressOfServer(p)
	return ok
}

// ofAppliance runs a check of appliances: where the deployment is not known, a machine
// that has the classic product and no sign of an appliance is none.
func ofAppliance(run func(*check.Pass) error) func(*check.Pass) error {
	return func(p *check.Pass) error {
		reg := optional[bundles.Registry](p, "registry")
		_, classic := keyAt(reg, productKey)
		_, appliance := keyAt(reg, applianceKey)
		if p.Deployment == "" && classic.Exists && !appliance.Exists {
			p.NotApplicable("this machine has the classic product")
			return nil
		}
		return run(p)
	}
}

// onPremisesOnly runs a check unless the machine is known to run in Azure, where
// the deployment alone may not be known.
func onPremisesOnly(run func(*check.Pass) error) func(*check.Pass) error {
	return func(p *check.Pass) error {
		if p.Deployment == "" && inAzure(p) {
			p.NotApplicable("this machine runs in Azure")
			return nil
		}
		return run(p)
	}
}
