package main

import (
	"net/netip"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
)

func TestScopeHas(t *testing.T) {
	for _, c := range []struct {
		scope, address string
		want           bool
	}{
		{"10.1.0.5", "10.1.0.5", true},
		{"10.1.0.5", "10.1.0.6", false},
		{"10.1.0.0/24", "10.1.0.255", true},
		{"10.1.0.0/24", "10.1.1.0", false},
		{"10.1.0.0/255.255.255.0", "10.1.0.7", true},
		{"10.1.0.0/255.255.0.0", "10.2.0.7", false},
		{"10.1.0.4-10.1.0.9", "10.1.0.4", true},
		{"10.1.0.4-10.1.0.9", "10.1.0.9", true},
		{"10.1.0.4-10.1.0.9", "10.1.0.10", false},
		{"2001:db8::/64", "2001:db8::5", true},
		{"2001:db8::/64", "2001:db9::5", false},
		{"10.1.0.0/24", "2001:db8::5", false},
		{"10.1.0.0/99", "10.1.0.5", false},
		{"LocalSubnet", "10.1.0.5", true},
	} {
		if got := scopeHas(c.scope, netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("scopeHas(%q, %s) = %v, want %v", c.scope, c.address, got, c.want)
		}
	}
}

func TestHasPort(t *testing.T) {
	v := firewallView{port: "9443"}
	for ports, want := range map[string]bool{
		"9443": true, "443": false, "9000-9443": true, "9443-9500": true, "9000-9442": false, "9444-9500": false, "*": true, "RPC": false, "9443-": false,
	} {
		if got := v.hasPort(ports); got != want {
			t.Errorf("hasPort(%q) = %v, want %v", ports, got, want)
		}
	}
}

func TestBypasses(t *testing.T) {
	for _, c := range []struct {
		entry, host string
		want        bool
	}{
		{"*.windowsazure.com", "a.b.windowsazure.com", true},
		{"*.windowsazure.com", "windowsazure.com", false},
		{"10.*", "10.1.0.5", true},
		{"10.*", "110.1.0.5", false},
		{".contoso.local", "ps01.contoso.local", true},
		{".contoso.local", "contoso.local", false},
		{"ps01", "ps01", true},
		{"ps01", "ps01.contoso.local", false},
		{"<local>", "ps01", true},
		{"<local>", "ps01.contoso.local", false},
		{"https://login.windows.net", "login.windows.net", true},
		{"a*a", "a", false},
	} {
		if got := bypasses([]string{"other", c.entry}, c.host); got != c.want {
			t.Errorf("bypasses(%q, %q) = %v, want %v", c.entry, c.host, got, c.want)
		}
	}
}

func TestCloudOf(t *testing.T) {
	for host, want := range map[string]string{
		"pod01-srs1.weu.hypervrecoverymanager.windowsazure.com": cloudPublic,
		"LOGIN.microsoftonline.com":                             cloudPublic,
		"account.blob.core.windows.net":                         cloudPublic,
		"pod01.ugv.hypervrecoverymanager.windowsazure.us":       cloudUSGov,
		"account.blob.core.usgovcloudapi.net":                   cloudUSGov,
		"pod01.hypervrecoverymanager.windowsazure.cn":           cloudChina,
		"notwindows.net":                                        "",
		"windows.net.contoso.com":                               "",
		"20.60.1.2":                                             "",
	} {
		if c, ok := cloudOf(host); c.name != want || ok != (want != "") {
			t.Errorf("cloudOf(%q) = %q, %v, want %q", host, c.name, ok, want)
		}
	}
}

func TestIsPublicAuthority(t *testing.T) {
	for issuer, want := range map[string]bool{
		"CN=Microsoft Azure RSA TLS Issuing CA 03,O=Microsoft Corporation,C=US": true,
		"CN=Some New CA, O=Microsoft Corporation, C=US":                         true,
		"CN=DigiCert Global Root G2,OU=www.digicert.com,O=DigiCert Inc,C=US":    true,
		"CN=Baltimore CyberTrust Root,OU=CyberTrust,O=Baltimore,C=IE":           true,
		`CN=Entrust Root,O="Entrust, Inc.",C=US`:                                true,
		"CN=DigiCert SHA2 Secure Server CA":                                     true,
		"CN=Contoso Inspection CA,O=Contoso":                                    false,
		"CN=DigiCert-like Gateway,O=Contoso IT":                                 false,
		"CN=Gateway,OU=Microsoft Azure RSA,O=Contoso":                           false,
		"CN=Contoso CA of Microsoft Azure":                                      false,
		"CN=DigiCert Global Root G2,O=Other":                                    true,
		"CN=DigiCert-Global-Root-G2,O=Other":                                    true,
		"CN=Microsoft Azure Inspection,O=Contoso":                               false,
		"CN=contoso-DC01-CA,DC=contoso,DC=local":                                false,
		"":                                                                      false,
	} {
		if got := isPublicAuthority([]string{issuer}); got != want {
			t.Errorf("isPublicAuthority(%q) = %v, want %v", issuer, got, want)
		}
	}
}

func TestIsOwn(t *testing.T) {
	network := &bundles.Network{Items: []bundles.Interface{{Addresses: []string{"10.1.0.5/24", "2001:db8::5/64"}}}}
	for host, want := range map[string]bool{
		"10.1.0.5": true, "::ffff:10.1.0.5": true, "[2001:db8::5]": true, "127.0.0.9": true, "::1": true, "10.1.0.6": false, "ps01": false, "": false,
	} {
		if got := isOwn(network, host); got != want {
			t.Errorf("isOwn(%q) = %v, want %v", host, got, want)
		}
	}
}
