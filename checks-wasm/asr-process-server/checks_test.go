package main

import (
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/check"
	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

func TestServicesRunning(t *testing.T)   { checktest.Run(t, servicesRunning()) }
func TestServicesStartType(t *testing.T) { checktest.Run(t, servicesStartType()) }
func TestCPUUtilization(t *testing.T)    { checktest.Run(t, cpuUtilization()) }
func TestMemoryUtilization(t *testing.T) { checktest.Run(t, memoryUtilization()) }
func TestCacheFreeSpace(t *testing.T)    { checktest.Run(t, cacheFreeSpace()) }
func TestHeartbeat(t *testing.T)         { checktest.Run(t, heartbeat()) }
func TestProxyAgreement(t *testing.T)    { checktest.Run(t, proxyAgreement()) }
func TestAzurePublicIP(t *testing.T)     { checktest.Run(t, azurePublicIP()) }

// TestDescribe holds the declarations of all checks together against the rules
// of a module, and their causes against the pack.
func TestDescribe(t *testing.T) {
	d, err := check.Describe(module, checks())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range d.Checks {
		known[c.ID] = true
	}
	for _, c := range d.Checks {
		for _, cause := range c.ExplainedBy {
			if !known[cause.Check] {
				t.Errorf("%s is explained by %q, which the pack does not have", c.ID, cause.Check)
			}
		}
	}
}
