package main

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"

	"aead.dev/minisign"
	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// Environment of the tests: the key that their programs trust, and its secret
// half, encoded.
const (
	trustVariable  = "ASRCOLLECT_TEST_TRUST"
	secretVariable = "ASRCOLLECT_TEST_SECRET"
)

// vouchInTests has this program, and those that tests start, trust a key of the
// tests.
func vouchInTests() {
	if os.Getenv(trustVariable) == "" {
		public, secret, err := minisign.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		text, err := secret.MarshalText()
		if err != nil {
			panic(err)
		}
		_ = os.Setenv(trustVariable, public.String())
		_ = os.Setenv(secretVariable, hex.EncodeToString(text))
	}
	profileKeys, profileSigner = os.Getenv(trustVariable), "the key of the tests"
}

// sign writes the signature of a file beside it.
func sign(file, comment string, own bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, key, err := minisign.GenerateKey(rand.Reader)
	if own {
		var encoded []byte
		if encoded, err = hex.DecodeString(os.Getenv(secretVariable)); err == nil {
			err = key.UnmarshalText(encoded)
		}
	}
	if err != nil {
		return err
	}
	r := minisign.NewReader(strings.NewReader(string(text)))
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	return os.WriteFile(file+".minisig", r.SignWithComments(key, comment, "signature"), 0o600)
}

// scriptSign signs a file: sign FILE COMMENT; ! sign, with a key that nobody
// trusts.
func scriptSign(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(sign(ts.MkAbs(args[0]), args[1], !neg))
}

// scriptAgeKey makes a key: agekey NAME writes NAME.key and NAME.pub, and sets
// $NAME to its public half.
func scriptAgeKey(ts *testscript.TestScript, _ bool, args []string) {
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	public := id.Recipient().String()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), []byte("# public key: "+public+"\n"+id.String()+"\n"), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), []byte("# of "+args[0]+"\n\n"+public+"\n"), 0o600))
	ts.Setenv(args[0], public)
}

// scriptOpens checks that the one bundle in a folder is encrypted, and which keys
// open it: opens DIR KEYFILE. The plain zip is then DIR.zip, and verified.
func scriptOpens(ts *testscript.TestScript, neg bool, args []string) {
	names := visible(ts.MkAbs(args[0]))
	if len(names) != 1 || !strings.HasSuffix(names[0], ".zip.age") {
		ts.Fatalf("%s holds %v, want one encrypted bundle", args[0], names)
	}
	err := unseal(filepath.Join(ts.MkAbs(args[0]), names[0]), ts.MkAbs(args[1]), ts.MkAbs(args[0]+".zip"))
	if (err != nil) != neg {
		ts.Fatalf("open %s with %s: %v", names[0], args[1], err)
	}
	if !neg {
		ts.Check(verify(ts.MkAbs(args[0] + ".zip")))
	}
}

// unseal decrypts a file.
func unseal(name, keyFile, to string) error {
	keys, err := os.Open(keyFile)
	if err != nil {
		return err
	}
	defer keys.Close()
	ids, err := age.ParseIdentities(keys)
	if err != nil {
		return err
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	plain, err := age.Decrypt(in, ids...)
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, plain)
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}
