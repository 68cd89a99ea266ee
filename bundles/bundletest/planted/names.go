package planted

import (
	"strings"
	"unicode"
)

// owners stand before the noun in the name of a secret.
func owners() []string {
	return []string{
		"vcenter", "esx", "replica", "svs", "cxps", "agent", "proxy", "smtp", "ldap", "bind", "vault", "iscsi", "chap", "backup", "admin", "root", "domain", "rcm", "mysql", "sa",
		"service", "account", "keystore", "trust store", "upload", "mars", "push install", "job", "my", "new", "old", "local", "remote", "target", "source", "gateway", "storage", "relay",
	}
}

// styles write words as names: vcenterPassword, vcenter_password and so on.
func styles() []func([]string) string {
	title := func(s string) string { return string(unicode.ToUpper([]rune(s)[0])) + string([]rune(s)[1:]) }
	pascal := func(w []string) string {
		var b strings.Builder
		for _, s := range w {
			b.WriteString(title(s))
		}
		return b.String()
	}
	join := func(sep string) func([]string) string {
		return func(w []string) string { return strings.Join(w, sep) }
	}
	return []func([]string) string{
		pascal, join("_"), join("-"), join("."), join(""),
		func(w []string) string {
			p := pascal(w)
			return string(unicode.ToLower([]rune(p)[0])) + string([]rune(p)[1:])
		},
		func(w []string) string { return strings.ToUpper(strings.Join(w, "_")) },
		func(w []string) string { return title(strings.Join(w, "_")) },
	}
}

// words of a name: one or two owners, perhaps none, and a noun of the kind.
func (d *Drawer) words(nouns []string) []string {
	var w []string
	for range d.rnd.IntN(3) {
		w = append(w, strings.Fields(pick(d, owners()))...)
	}
	if len(nouns) == 0 { // no form of the kind has a name
		return append(w, "name")
	}
	return append(w, strings.Fields(pick(d, nouns))...)
}

// fill puts names, users and the value into a form.
func (d *Drawer) fill(form string, k kind, value string) string {
	w := d.words(k.nouns)
	named := pick(d, styles())(w)
	r := strings.NewReplacer(
		"{n}", named, "{N}", strings.ToUpper(strings.Join(w, "_")), "{k}", strings.Join(w, "-"), "{s}", strings.Join(w, "_"),
		"{v}", written(form, value), "{v1}", value[:len(value)/2], "{v2}", value[len(value)/2:],
		"{u}", pick(d, []string{"svc", "adm", "repl"})+"-"+d.word(1), "{h}", pick(d, []string{"ps", "cs", "vc"})+d.text(digit, 2)+".corp.example", "{w}", d.word(2), "{hex}", d.text(hexes, 8),
	)
	return r.Replace(form)
}

// written is a value as a form has to have it.
func written(form, value string) string {
	switch {
	case strings.Contains(form, "<") && strings.Contains(form, ">"):
		return strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(value)
	case strings.Contains(form, "://") && strings.Contains(form, "@"):
		return strings.NewReplacer("/", "%2F", "?", "%3F", "#", "%23", "%", "%25").Replace(value)
	}
	return value
}

// leads and tails are what stands around a secret in a line of a log.
func leads() []string {
	return []string{
		"2026-11-20 08:14:55.102 INFO  [worker-7] ", "#~> (11-20-2026 08:14:55):   DEBUG  2508 8408 313 Settings::Read: ", "Nov 20 08:14:55 lnx-web01 svagents[812]: ", "2026-Nov-20 08:14:55\tERROR\t[at session.cpp:1]   (sid: 1.2) ",
		"1A2C\t0F40\t11/20\t08:14:55.455\t18\tconfig.cpp(412)\t\tT-1\tD-1\tNORMAL\t", "10:14:55 started with ", "[2026-11-20T08:14:55Z] request failed, args: ", "ERROR: cannot connect; ", "DEBUG ", "x=1 y=2 ",
	}
}

func tails() []string {
	return []string{"", " ", " port=9443 timeout=300", ", retrying in 30 s", " (0x80072ee2)", " # changed", " rc=0", "; next: 10.20.1.31"}
}
