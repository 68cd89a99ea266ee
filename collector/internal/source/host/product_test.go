package host

import "testing"

func TestVersion(t *testing.T) {
	for want, p := range map[string]product{
		"Windows Server 2022 Datacenter (10.0.20348.2340)":               {"Windows Server 2022 Datacenter", "10.0.20348", 20348, 2340},
		"Windows Server 2022 Datacenter Azure Edition (10.0.20348.2341)": {"Windows Server 2022 Datacenter Azure Edition", "10.0.20348", 20348, 2341},
		"Windows Server 2025 Standard (10.0.26100.1742)":                 {"Windows Server 2022 Standard", "10.0.26100", 26100, 1742},
		"Windows Server 2016 Standard (10.0.14393.1)":                    {"Windows Server 2012 R2 Standard", "10.0.14393", 14393, 1},
		"Windows Server 2019 Standard Evaluation (10.0.17763)":           {"Windows Server 2019 Standard Evaluation", "10.0.17763", 17763, 0},
		"Windows Server, version 23H2 (10.0.25398.1)":                    {"Windows Server, version 23H2", "10.0.25398", 25398, 1},
		"Windows Server 2012 R2 Standard (6.3.9600.3)":                   {"Windows Server 2012 R2 Standard", "6.3.9600", 9600, 3},
		"Windows 11 Pro (10.0.26100.4)":                                  {"Windows 10 Pro", "10.0.26100", 26100, 4},
		"Windows 10 Enterprise (10.0.19045.5)":                           {"Windows 10 Enterprise", "10.0.19045", 19045, 5},
		"Windows (10.0.1)":                                               {"", "10.0.1", 1, 0},
	} {
		if got := p.version(); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
}

func TestPagesManaged(t *testing.T) {
	for _, c := range []struct {
		want    bool
		entries []string
	}{
		{true, []string{`?:\pagefile.sys`}},
		{true, []string{`C:\pagefile.sys 0 0`, ""}},
		{true, []string{`C:\pagefile.sys 0 0`, `D:\pagefile.sys 0 0`}},
		{false, []string{`C:\pagefile.sys 4096 8192`}},
		{false, []string{`C:\pagefile.sys 0 0`, `D:\pagefile.sys 1024 1024`}},
		{false, []string{`C:\pagefile.sys`}},
		{false, []string{`D:\my pages\pagefile.sys 16 0`}},
		{false, []string{" "}},
		{false, nil},
	} {
		if got := pagesManaged(c.entries); got != c.want {
			t.Errorf("%q: %v", c.entries, got)
		}
	}
}
