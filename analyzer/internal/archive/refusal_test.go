package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// TestRefusals: whatever a customer sends instead of a bundle is named, with
// what to do, and never opened.
func TestRefusals(t *testing.T) {
	ole := func(parts ...string) []byte {
		b := append([]byte(oleMagic), make([]byte, 512)...)
		for _, p := range parts {
			b = append(b, wide(p)...)
		}
		return b
	}
	mail := "Received: from a by b\r\nFrom: x@example.com\r\nSubject: bundle\r\nMIME-Version: 1.0\r\n"
	plainZip := makeZip(t, bundle...)
	split := bytes.Clone(plainZip)
	split[len(split)-18] = 2 // number of this part
	tests := map[string]struct {
		raw  []byte
		err  error
		says string
	}{
		"empty.zip":       {nil, ErrUnknown, "empty"},
		"zeros.zip":       {make([]byte, 5000), ErrUnknown, "only zeros"},
		"letter.txt":      {[]byte("Dear support, it is slow.\n"), ErrUnknown, "not an archive"},
		"x.pdf":           {[]byte("%PDF-1.7\n"), ErrUnknown, "PDF"},
		"x.docx":          {makeZip(t, entry{name: "[Content_Types].xml"}, entry{name: "word/document.xml"}), ErrUnknown, "Office document"},
		"x.doc":           {ole("WordDocument"), ErrUnknown, "Office document"},
		"locked.xlsx":     {ole("EncryptedPackage"), bundlezip.ErrEncrypted, "encrypted Office"},
		"x.msg":           {ole("__substg1.0_0037001F"), ErrUnknown, "Outlook message"},
		"noname":          {ole("__properties_version1.0"), ErrUnknown, "Outlook message"},
		"x.eml":           {[]byte(mail + "\r\nhello"), ErrUnknown, "e-mail"},
		"smime.eml":       {[]byte(mail + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"), bundlezip.ErrEncrypted, "encrypted e-mail"},
		"x.b64":           {[]byte("UEsDBBQACAgIAAAA\r\n"), ErrUnknown, "base64"},
		"x.html":          {[]byte("\xef\xbb\xbf\r\n<!DOCTYPE html><html><title>Sign in"), ErrUnknown, "web page"},
		"x.xml":           {[]byte("<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed"), ErrUnknown, "XML"},
		"x.age":           {[]byte("age-encryption.org/v1\n-> X25519"), ErrAge, "age"},
		"armored.age":     {[]byte("-----BEGIN AGE ENCRYPTED FILE-----\n"), ErrAge, "age"},
		"x.asc":           {[]byte("-----BEGIN PGP MESSAGE-----\n\nhQ"), bundlezip.ErrEncrypted, "PGP"},
		"noend":           {[]byte("\x85\x01\x0c\x03\x12\x34\x56\x78\x9a"), bundlezip.ErrEncrypted, "PGP"},
		"symmetric":       {[]byte("\x8c\x0d\x04\x09\x03\x02\x12\x34\x56"), bundlezip.ErrEncrypted, "PGP"},
		"signed.gpg":      {[]byte("\xa3\x01\x02\x03\x04\x05\x06\x07\x08"), bundlezip.ErrEncrypted, "PGP"},
		"x.p7m":           {[]byte("\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0"), bundlezip.ErrEncrypted, "S/MIME"},
		"x.enc":           {[]byte("Salted__12345678"), bundlezip.ErrEncrypted, "openssl"},
		"x.asrpack":       {makeZip(t, entry{name: "pack.json", content: "{}"}), bundles.ErrNotBundle, "check pack"},
		"x.minisig":       {[]byte("untrusted comment: signature\n"), ErrUnknown, "minisign"},
		"DO-NOT-SEND.map": {[]byte("DO NOT SEND THIS FILE. It turns"), ErrPrivate, "stay with the customer"},
		"report.json":     {[]byte(`{"format":"asr-report","version":1}`), ErrUnknown, "a report"},
		"bundle.json":     {[]byte(`{"format":"asr-bundle","version":1}`), ErrUnknown, "one file of a bundle"},
		"x.zip.001":       {plainZip, ErrPart, "split"},
		"x.zip.002":       {[]byte("\x12\x34\x56 the middle of something"), ErrPart, "split"},
		"x.z01":           {[]byte("PK\x07\x08PK\x03\x04 more"), ErrPart, "split"},
		"last.zip":        {split, ErrPart, "last part"},
		"x.7z.001":        {makeSevenZip("bundle.json", "{}"), ErrPart, "split"},
		"volume5.rar":     {makeRar5(1, bundle...), ErrPart, "split"},
		"volume4.rar":     {makeRar4(1, bundle...), ErrPart, "split"},
		"secret4.rar":     {makeRar4(0x80, bundle...), bundlezip.ErrEncrypted, "password"},
		"secret5.rar":     {[]byte("Rar!\x1a\x07\x01\x00\x00\x00\x00\x00\x21\x04\x00\x00"), bundlezip.ErrEncrypted, "password"},
		"x.exe":           {[]byte("MZ\x90\x00"), ErrUnknown, "program"},
		"x.evtx":          {[]byte("ElfFile\x00"), ErrUnknown, "event log"},
		"x.cab":           {[]byte("MSCF\x00\x00"), ErrUnknown, "cabinet"},
		"x.iso":           {append(make([]byte, 32769), "CD001"...), ErrUnknown, "ISO"},
		"x.log.gz":        {compress(t, []byte("2026-03-05 a line\n"), gz), ErrUnknown, "one compressed file"},
		"x.pdf.gz":        {compress(t, []byte("%PDF-1.7\n"), gz), ErrUnknown, "PDF"},
		"nothing.gz":      {compress(t, nil, gz), ErrUnknown, "empty"},
		"cut.tar.gz":      {compress(t, makeTar(t, bundle...), gz)[:30], ErrUnknown, "cut off"},
		"noise.br":        {[]byte("some text that brotli may take for its own"), ErrUnknown, "not an archive"},
		"noise.zz":        {[]byte("\x78\x9csome text"), ErrUnknown, "not an archive"},
		"empty-zip.zip":   {makeZip(t), bundles.ErrNotBundle, "no file"},
		"photos.zip":      {makeZip(t, entry{name: "a.jpg", content: "\xff\xd8\xff"}), bundles.ErrNotBundle, `"a.jpg" was not read: it is a picture`},
	}
	for name, test := range tests {
		a, err := openAs(t, name, test.raw)
		if err == nil {
			a.Close()
		}
		if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %v that says %q", name, err, test.err, test.says)
		}
		var r *Refusal
		if errors.As(err, &r) && (r.Do == "" || !strings.HasPrefix(r.What, "it ") && r.What != notArchive && !strings.Contains(r.What, "around")) {
			t.Errorf("%s: %q, %q", name, r.What, r.Do)
		}
	}
}

// TestEncryptedMembers: a zip whose bundles are encrypted is no empty one.
func TestEncryptedMembers(t *testing.T) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	if _, err := w.Create("readme.txt"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "ps01.zip", Flags: 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openAs(t, "sent.zip", buf.Bytes()); !errors.Is(err, bundlezip.ErrEncrypted) || !strings.Contains(err.Error(), "ps01.zip") {
		t.Errorf("%v, want that ps01.zip is encrypted", err)
	}
}
