package procfs

import "strings"

// ParseKeys parses lines of KEY=value with or without quotes: os-release.
func ParseKeys(text string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(text) {
		key, val, ok := strings.Cut(strings.TrimSpace(l), "=")
		if ok && !strings.HasPrefix(key, "#") {
			out[key] = strings.Trim(val, `"'`)
		}
	}
	return out
}

// CPUModel finds the model in /proc/cpuinfo.
func CPUModel(text string) string {
	for l := range strings.Lines(text) {
		key, val, ok := strings.Cut(l, ":")
		if k := strings.TrimSpace(key); ok && (k == "model name" || k == "Model") {
			return strings.TrimSpace(val)
		}
	}
	return ""
}

// ZoneFromLink takes the IANA name out of the target of /etc/localtime.
func ZoneFromLink(target string) string {
	_, name, ok := strings.Cut(target, "zoneinfo/")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "posix/"), "right/")
}
