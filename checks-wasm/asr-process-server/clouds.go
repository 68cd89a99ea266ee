package main

import (
	"net/netip"
	"slices"
	"strings"
)

// cloud is one of Microsoft's clouds: how its hosts are told, and what a firewall
// that works by names has to let through (step 11 of the article).
type cloud struct {
	name     string
	suffixes []string // of hosts, with the dot
	allow    []string
}

// timeServers are on the article's list as well, for SNTP (123/udp).
const timeServers = "time.nist.gov and time.windows.com (123/udp)"

// Names of the clouds.
const (
	cloudPublic = "Azure"
	cloudUSGov  = "Azure US Government"
	cloudChina  = "Azure China"
)

func clouds() []cloud {
	return []cloud{
		{
			cloudPublic,
			[]string{
				".windowsazure.com", ".core.windows.net", ".windows.net", ".microsoftonline.com", ".azure.com", ".azure.net", ".microsoft.com",
				".microsoftazure.com", ".visualstudio.com", ".msftauth.net", ".azure-automation.net",
			},
			[]string{
				"*.accesscontrol.windows.net", "*.backup.windowsazure.com", "*.blob.core.windows.net", "*.hypervrecoverymanager.windowsazure.com",
				"login.microsoftonline.com",
			},
		},
		{
			cloudUSGov,
			[]string{".windowsazure.us", ".usgovcloudapi.net", ".microsoftonline.us", ".azure.us", ".microsoft.us"},
			[]string{
				"*.ugv.hypervrecoverymanager.windowsazure.us", "*.ugi.hypervrecoverymanager.windowsazure.us", "*.ugv.backup.windowsazure.us",
				"*.ugi.backup.windowsazure.us", "*.blob.core.usgovcloudapi.net", "login.microsoftonline.us",
			},
		},
		{
			cloudChina,
			[]string{".windowsazure.cn", ".chinacloudapi.cn", ".microsoftonline.cn", ".azure.cn"},
			[]string{
				"*.hypervrecoverymanager.windowsazure.cn", "*.backup.windowsazure.cn", "*.blob.core.chinacloudapi.cn", "*.migration.windowsazure.cn",
				"login.partner.microsoftonline.cn",
			},
		},
	}
}

// cloudOf finds the cloud that a host belongs to; ok is false for hosts that are
// not Microsoft's by their name.
func cloudOf(host string) (cloud, bool) {
	host = "." + strings.ToLower(host)
	for _, c := range clouds() {
		for _, s := range c.suffixes {
			if strings.HasSuffix(host, s) {
				return c, true
			}
		}
	}
	return cloud{}, false
}

// isAzureHost reports whether a host may be Microsoft's: by its name, or as a
// public address that this server's own settings or the backup agent lead to.
func isAzureHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return isPublic(addr)
	}
	_, ok := cloudOf(host)
	return ok
}

// publicAuthorities are how the organizations are called that sign Microsoft's
// certificates, by the beginning of their names in lower case. Everything else at
// Microsoft's hosts was put in between.
func publicAuthorities() []string {
	return []string{
		"microsoft corporation", "digicert", "baltimore", "cybertrust", "globalsign", "entrust", "verisign", "geotrust", "d-trust", "sectigo",
		"the usertrust", "comodo ca", "google trust services", "internet security research group", "let's encrypt",
	}
}

// publicCertificates are how certificates of theirs are called, likewise.
func publicCertificates() []string {
	return []string{
		"microsoft azure rsa ", "microsoft azure ecc ", "microsoft azure tls ", "microsoft rsa ", "microsoft ecc ", "microsoft it tls ", "microsoft tls ",
		"digicert global ", "digicert sha2 ", "digicert tls ", "digicert cloud ", "digicert basic ", "digicert ev ", "digicert secure ", "digicert trusted ",
		"digicert assured ", "digicert high ", "digicert root", "digicert ca", "baltimore cybertrust ", "globalsign r", "globalsign o", "entrust root ", "geotrust global ", "geotrust tls ",
		"sectigo rsa ", "usertrust rsa ", "isrg root ",
	}
}

// isPublicAuthority reports whether one of the issuers of a chain is known: by the
// name of the organization, which public authorities always give, or by a name that
// their own certificates have. That a name contains theirs proves nothing.
func isPublicAuthority(issuers []string) bool {
	begins := func(name string, marks []string) bool {
		return slices.ContainsFunc(marks, func(mark string) bool { return strings.HasPrefix(name, mark) })
	}
	return slices.ContainsFunc(issuers, func(issuer string) bool {
		return begins(attribute(issuer, "o"), publicAuthorities()) || begins(strings.ReplaceAll(attribute(issuer, "cn"), "-", " "), publicCertificates())
	})
}

// attribute is the value of an attribute of a distinguished name, in lower case and
// up to its first comma; empty when it has none.
func attribute(name, attribute string) string {
	for part := range strings.SplitSeq(strings.ToLower(name), ",") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(part), attribute+"="); ok {
			return strings.TrimLeft(value, "\" ")
		}
	}
	return ""
}
