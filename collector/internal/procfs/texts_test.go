package procfs

import "testing"

func TestParseKeys(t *testing.T) {
	got := ParseKeys("NAME=\"Debian GNU/Linux\"\n# PRETTY_NAME=no\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n")
	if got["PRETTY_NAME"] != "Debian GNU/Linux 12 (bookworm)" || got["ID"] != "debian" || len(got) != 3 {
		t.Errorf("ParseKeys = %v", got)
	}
}

func TestCPUModel(t *testing.T) {
	if got := CPUModel("processor\t: 0\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.60GHz\n"); got != "Intel(R) Xeon(R) CPU @ 2.60GHz" {
		t.Errorf("CPUModel = %q", got)
	}
}

func TestZoneFromLink(t *testing.T) {
	for in, want := range map[string]string{"/usr/share/zoneinfo/Europe/Berlin": "Europe/Berlin", "../usr/share/zoneinfo/posix/Etc/UTC": "Etc/UTC", "/etc/x": ""} {
		if got := ZoneFromLink(in); got != want {
			t.Errorf("ZoneFromLink(%q) = %q, want %q", in, got, want)
		}
	}
}
