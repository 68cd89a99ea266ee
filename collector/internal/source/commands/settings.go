package commands

import (
	"bytes"
	"errors"
	"strings"
	"unicode"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/programs"
	"github.com/asrdiag/asrdiag/collector/internal/regex"
)

// Names of settings that programs print.
const (
	settingBackup  = "backup-agent"
	settingWinHTTP = "winhttp"
)

// setting gives the item of the configuration that a program tells, or why
// there is none: the program's own error, or an answer that has no known form.
func setting(p programs.Program, text []byte, failed error) (bundles.ConfigFile, error) {
	item := bundles.ConfigFile{Name: p.Setting, File: "netsh winhttp show proxy"}
	read := winHTTP
	if p.Setting == settingBackup {
		item.File, read = "Get-OBMachineSetting", backupAgent
	}
	if failed != nil {
		item.Error = failed.Error()
		return item, nil
	}
	values, err := read(plain(text))
	if err != nil {
		item.Error = err.Error()
		return item, err
	}
	item.Exists, item.Values = true, values
	return item, nil
}

// plain makes text of what a program printed. In UTF-16 the letters that are
// looked for stand between zero bytes, in every code page of Windows as in ASCII.
func plain(raw []byte) string {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf"} {
		raw = bytes.TrimPrefix(raw, []byte(mark))
	}
	raw = bytes.ReplaceAll(raw, []byte{0}, nil)
	return strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n", "\n"), "\r", "\n")
}

// maxValue bounds one value, in bytes.
const maxValue = 4 << 10

// backupNames are the names that the agent's cmdlets give the settings, in lower
// case without anything between the letters, and what each is called here.
const backupNames = "proxyserver ProxyServer proxyaddress ProxyServer proxyport ProxyPort " +
	"bypassurls BypassUrls bypassurl BypassUrls bypasslist BypassUrls proxybypassurls BypassUrls proxybypasslist BypassUrls " +
	"proxyusername ProxyUsername proxypassword ProxyPassword"

// backupName is what a setting of the agent is called here; empty: it is not
// wanted.
func backupName(name string) string {
	words := strings.Fields(backupNames)
	for i := 0; i < len(words); i += 2 {
		if words[i] == name {
			return words[i+1]
		}
	}
	return ""
}

// secretName reports whether a setting is kept as present or not.
func secretName(name string) bool { return name == "ProxyUsername" || name == "ProxyPassword" }

// backupAgent reads a list of lines "Name : Value". A line that begins with
// blanks and no such name goes on with the value before. Everything but the
// proxy is dropped.
func backupAgent(text string) ([]bundles.ConfigValue, error) {
	var out []bundles.ConfigValue
	last := -1 // that a line may go on with
	for _, line := range strings.Split(text, "\n") {
		key, value := backupLine(line)
		switch {
		case key == "" && strings.TrimLeft(line, " \t") == line:
			last = -1
		case key == "" && last >= 0:
			out[last].Value = clip(out[last].Value + value)
		case key == "" || has(out, key):
		case secretName(key):
			last = -1
			set := value != ""
			out = append(out, bundles.ConfigValue{Key: key, Present: &set})
		default:
			last = len(out)
			out = append(out, bundles.ConfigValue{Key: key, Value: clip(value)})
		}
	}
	if !has(out, "ProxyServer") {
		return nil, errors.New("its answer names no proxy server, not even an empty one")
	}
	for i := range out {
		out[i].Value = strings.TrimSpace(strings.Trim(out[i].Value, "{}\"'"))
	}
	return out, nil
}

// backupLine splits a line; without a known name all of it is value.
func backupLine(line string) (key, value string) {
	line = strings.TrimSpace(line)
	if i := strings.IndexAny(line, ":="); i >= 0 {
		if key := backupName(letters(line[:i])); key != "" {
			return key, strings.TrimSpace(line[i+1:])
		}
	}
	return "", line
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

func has(list []bundles.ConfigValue, key string) bool {
	for _, v := range list {
		if v.Key == key {
			return true
		}
	}
	return false
}

func clip(value string) string {
	if len(value) > maxValue {
		return strings.ToValidUTF8(value[:maxValue], "")
	}
	return value
}

// proxyRE is a proxy as Windows writes it: host:port, or several by scheme.
var proxyRE = regex.MustCompile(`^(?:[a-z]+=)?(?:[a-z]+://)?[A-Za-z0-9._@:\[\]-]+(?:;(?:[a-z]+=)?(?:[a-z]+://)?[A-Za-z0-9._@:\[\]-]+)*;?$`)

// winHTTP reads what netsh says in any language, by its form: under a heading
// one indented line is that there is no proxy, two are the proxy and the list of
// what goes around it, in brackets when that is empty.
func winHTTP(text string) ([]bundles.ConfigValue, error) {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimLeft(line, " \t") != line && strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	server, bypass := "", ""
	switch {
	case len(lines) == 1 && !strings.Contains(lines[0], ": "):
	case len(lines) == 1:
		server = behind(lines[0])
	case len(lines) == 2:
		server, bypass = behind(lines[0]), behind(lines[1])
	default:
		return nil, errors.New("its answer has not the form of a proxy setting")
	}
	if server != "" && !proxyRE.MatchString(server) {
		return nil, errors.New("what it gives as the proxy is none")
	}
	if strings.HasSuffix(bypass, ")") {
		bypass = ""
	}
	return []bundles.ConfigValue{{Key: "ProxyServer", Value: clip(server)}, {Key: "BypassList", Value: clip(bypass)}}, nil
}

// behind is the value of a line "words: value". Where the colon is one of
// another script, it is what stands behind the last blank.
func behind(line string) string {
	for i := 0; i+1 < len(line); i++ {
		if line[i] == ':' && (line[i+1] == ' ' || line[i+1] == '\t') {
			return strings.TrimSpace(line[i+1:])
		}
	}
	return line[strings.LastIndexAny(line, " \t")+1:]
}
