package main

import (
	"testing"

	"github.com/asrdiag/asrdiag/checks-wasm/checktest"
)

func TestStaticIP(t *testing.T)               { checktest.Run(t, staticIP()) }
func TestNoNAT(t *testing.T)                  { checktest.Run(t, noNAT()) }
func TestDataPort(t *testing.T)               { checktest.Run(t, dataPortCheck()) }
func TestInboundFirewall(t *testing.T)        { checktest.Run(t, inboundFirewall()) }
func TestRequiredURLs(t *testing.T)           { checktest.Run(t, requiredURLs()) }
func TestIPFirewall(t *testing.T)             { checktest.Run(t, ipFirewall()) }
func TestTLSInspection(t *testing.T)          { checktest.Run(t, tlsInspection()) }
func TestTLSProtocol(t *testing.T)            { checktest.Run(t, tlsProtocol()) }
func TestProxyResolution(t *testing.T)        { checktest.Run(t, proxyResolution()) }
func TestProxyScheme(t *testing.T)            { checktest.Run(t, proxyScheme()) }
func TestAzureStorageConnection(t *testing.T) { checktest.Run(t, azureStorageConnection()) }
func TestCertificateExpiry(t *testing.T)      { checktest.Run(t, certificateExpiry()) }
