package main

import (
	"bytes"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/rogpeppe/go-internal/testscript"
)

// agekey makes a key: agekey NAME writes NAME.key and NAME.pub.
func agekey(ts *testscript.TestScript, _ bool, args []string) {
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), []byte("# a key\n"+id.String()+"\n"), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), []byte(id.Recipient().String()+"\n"), 0o600))
}

// encrypt encrypts a file: encrypt NAME FILE TO with the key NAME.pub; -text
// before that makes a text of it, -pass takes NAME for a passphrase.
func encrypt(ts *testscript.TestScript, _ bool, args []string) {
	text, pass := args[0] == "-text", args[0] == "-pass"
	if text || pass {
		args = args[1:]
	}
	var to age.Recipient
	var err error
	if pass {
		var s *age.ScryptRecipient
		if s, err = age.NewScryptRecipient(args[0]); err == nil {
			s.SetWorkFactor(10)
		}
		to = s
	} else {
		to, err = age.ParseX25519Recipient(strings.TrimSpace(ts.ReadFile(args[0] + ".pub")))
	}
	ts.Check(err)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	ts.Check(err)
	_, err = w.Write([]byte(ts.ReadFile(args[1])))
	ts.Check(err)
	ts.Check(w.Close())
	sealed := out.Bytes()
	if text {
		var lines bytes.Buffer
		a := armor.NewWriter(&lines)
		_, err = a.Write(sealed)
		ts.Check(err)
		ts.Check(a.Close())
		sealed = lines.Bytes()
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), sealed, 0o600))
}

// sameBut compares two JSON reports that may differ in the bundle's file and in
// its hash alone.
func sameBut(ts *testscript.TestScript, _ bool, args []string) {
	var texts [2]string
	for i, name := range args {
		for line := range strings.Lines(ts.ReadFile(name)) {
			if !strings.Contains(line, ".zip") && !strings.Contains(line, `"sha256"`) {
				texts[i] += line
			}
		}
	}
	if texts[0] != texts[1] || !strings.Contains(texts[0], `"verdict"`) {
		ts.Fatalf("%s and %s differ", args[0], args[1])
	}
}
