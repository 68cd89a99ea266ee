package main

import "testing"

func TestTarget(t *testing.T) {
	for _, c := range []struct{ text, host, port string }{
		{"10.1.0.4:9443", "10.1.0.4", "9443"},
		{"ps01.corp.example:443", "ps01.corp.example", "443"},
		{"[fd00::4]:9443", "fd00::4", "9443"},
	} {
		host, port := splitTarget(c.text)
		if host != c.host || port != c.port {
			t.Errorf("splitTarget(%q) = %q, %q, want %q, %q", c.text, host, port, c.host, c.port)
		}
		if got := target(host, port); got != c.text {
			t.Errorf("target(%q, %q) = %q, want %q", host, port, got, c.text)
		}
	}
	for _, s := range []string{"ps01", "[fd00::4]", ""} {
		if host, port := splitTarget(s); host != s || port != "" {
			t.Errorf("splitTarget(%q) = %q, %q, want all of it as the host", s, host, port)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{"PS01.corp:9443": "ps01.corp:9443", "[fd00::4]:9443": "fd00::4-:9443", "ä": ""} {
		if got := slug(in); got != want {
			t.Errorf("slug(%q) = %q, want %q", in, got, want)
		}
	}
}
