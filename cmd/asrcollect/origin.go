package main

import (
	"errors"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/collector"
)

// originPatience is how long the answer about a profile is waited for.
const originPatience = 2 * time.Minute

// showOrigin shows a profile that is not built in, before anything else is done,
// and asks about one that nobody vouches for. It reports true when the command
// is done.
func (s streams) showOrigin(f *flags) (code int, done bool) {
	o, err := collector.Inspect(f.Options)
	if err != nil {
		code, hint := explain(err)
		return fail(s, code, err, hint), true
	}
	if o == nil || f.quiet && (o.SignedBy != "" || f.yes) {
		f.agree(o)
		return 0, false
	}
	for _, l := range originLines(o) {
		say(s.err, "%s", l)
	}
	if o.SignedBy == "" && !f.yes && canEnter(s.in) && isTerminal(s.err) {
		if !s.askOrigin(originPatience) {
			return fail(s, exitUsage, errors.New("not agreed to"), "ask support for a profile that is signed, or collect without --profile"), true
		}
		f.Agreed = o.SHA256
	}
	f.agree(o)
	return 0, false
}

// agree takes --yes for the answer. Without any answer the run refuses.
func (f *flags) agree(o *collector.Origin) {
	if o != nil && f.yes {
		f.Agreed = o.SHA256
	}
}

// askOrigin asks for a clear yes.
func (s streams) askOrigin(patience time.Duration) bool {
	s.keys.drain() // what was typed before is no answer
	say(s.err, "use it? y and Enter is yes; Enter, or %s of silence, is no", collector.FormatDuration(patience))
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case answer, ok := <-s.keys.read():
		return ok && isYes(answer)
	case <-wait.C:
		return false
	}
}

// originLines say where a profile comes from and what it asks for.
func originLines(o *collector.Origin) []string {
	out := []string{"profile " + o.Name + " " + o.Version + " from " + o.File}
	if o.SignedBy != "" {
		out = append(out, "signed by "+o.SignedBy+": "+o.Comment)
	} else {
		out = append(out, "NOBODY VOUCHES FOR IT: "+o.Unsigned)
	}
	if len(o.Beyond) == 0 {
		out = append(out, "it asks for nothing that the built-in profile "+o.Base+" does not")
	} else {
		out = append(out, "it asks for what the built-in profile "+o.Base+" does not:\n"+strings.Join(o.Beyond, "\n"))
	}
	if len(o.EncryptTo) > 0 {
		out = append(out, "it asks to encrypt the bundle, so that you cannot read it, for\n"+strings.Join(o.EncryptTo, "\n"))
	}
	return out
}

// announceSending says for whom the bundle is encrypted, and its case.
func (s streams) announceSending(b collector.Beginning) {
	if b.Case != "" {
		say(s.err, "for the support case %s", b.Case)
	}
	if len(b.EncryptTo) > 0 {
		say(s.err, "it is encrypted; only who has the secret key can open it:\n%s", strings.Join(b.EncryptTo, "\n"))
	}
}

// sendIt says what to do with a bundle.
func (f *flags) sendIt(sum collector.Summary) string {
	if len(sum.EncryptTo) > 0 {
		return "attach this file to your support case; it is encrypted, and asrcollect preview shows what is in such a bundle"
	}
	return "attach this file to your support case; you can open and read it first"
}
