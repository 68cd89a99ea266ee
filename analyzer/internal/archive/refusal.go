package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"regexp"
	"strings"

	"github.com/asrdiag/asrdiag/bundles/bundlezip"
)

// Refusal says what a file is that is not read, and what to do about it. It
// wraps ErrUnknown, ErrPart, ErrAge, ErrPrivate or bundlezip.ErrEncrypted.
type Refusal struct {
	kind error
	What string // a sentence about "it": it is a PDF document
	Do   string // what to do next
}

func (r *Refusal) Error() string { return r.What }
func (r *Refusal) Unwrap() error { return r.kind }

// errDeep means that an archive is too deep in others to be looked into.
var errDeep = &Refusal{bundlezip.ErrLimit, "it was not looked into: bundles are looked for in an archive and in the archives in it, and no deeper", "unpack the outermost archive, and name what was in it"}

// ErrPart means that the file is a part of an archive that was split.
var ErrPart = errors.New("a part of a split archive")

// What to do, for more than one kind of file.
const (
	sendZip   = "ask for the zip that asrcollect wrote, unchanged"
	sendWhole = "name the zip that asrcollect wrote, or its folder"
	askAgain  = "ask for the file again: this one did not arrive whole"
	unlock    = "ask for the zip that asrcollect wrote, or unpack it with the password and name the folder"
	decrypt   = "decrypt it with the key or password that its sender used, and name what comes out"
	detach    = "save the attachment from the message, and name that file"
	repack    = "unpack it and name the folder, or ask for the zip that asrcollect wrote"
	joinParts = "put all parts into one folder and join them with the program that split it (7-Zip, WinRAR), or ask for the bundle in one piece: asrcollect --max-size makes it smaller"

	notArchive = "not an archive"
)

// known are files that are no archive of ours, by bytes at an offset. The first
// row that fits holds.
var known = []struct {
	at    int
	magic string
	Refusal
}{
	{0, "-----BEGIN PGP", Refusal{bundlezip.ErrEncrypted, "it is encrypted or signed with PGP (GPG)", decrypt}},
	{0, "-----BEGIN PKCS7", Refusal{bundlezip.ErrEncrypted, "it is an encrypted or signed S/MIME message (PKCS #7)", decrypt}},
	{0, "-----BEGIN CMS", Refusal{bundlezip.ErrEncrypted, "it is an encrypted or signed S/MIME message (CMS)", decrypt}},
	{0, "Salted__", Refusal{bundlezip.ErrEncrypted, "it is encrypted with openssl enc", decrypt}},
	{0, "untrusted comment:", Refusal{ErrUnknown, "it is a minisign signature or key", sendWhole}},
	{0, "%PDF", Refusal{ErrUnknown, "it is a PDF document", sendZip}},
	{0, "{\\rtf", Refusal{ErrUnknown, "it is a text document (RTF)", sendZip}},
	{0, "\x89PNG", Refusal{ErrUnknown, "it is a picture", sendZip}},
	{0, "\xff\xd8\xff", Refusal{ErrUnknown, "it is a picture", sendZip}},
	{0, "GIF8", Refusal{ErrUnknown, "it is a picture", sendZip}},
	{0, "UEsDB", Refusal{ErrUnknown, "it is a zip written as text (base64), as in the source of an e-mail", "decode it, or save the attachment from the message"}},
	{0, "MZ", Refusal{ErrUnknown, "it is a Windows program, perhaps an archive that unpacks itself; it is not run here", repack}},
	{0, "\x7fELF", Refusal{ErrUnknown, "it is a Linux program", sendWhole}},
	{0, "ElfFile\x00", Refusal{ErrUnknown, "it is a Windows event log (evtx)", sendZip}},
	{0, "MSCF", Refusal{ErrUnknown, "it is a cabinet (cab), which asrdiag does not read", repack}},
	{0, "MSWIM\x00", Refusal{ErrUnknown, "it is a Windows image (wim), which asrdiag does not read", repack}},
	{0, "070701", Refusal{ErrUnknown, "it is a cpio archive, which asrdiag does not read", repack}},
	{0, "070702", Refusal{ErrUnknown, "it is a cpio archive, which asrdiag does not read", repack}},
	{0, "070707", Refusal{ErrUnknown, "it is a cpio archive, which asrdiag does not read", repack}},
	{0, "\xc7\x71", Refusal{ErrUnknown, "it is a cpio archive, which asrdiag does not read", repack}},
	{0, "xar!", Refusal{ErrUnknown, "it is a xar archive, which asrdiag does not read", repack}},
	{0, "!<arch>\n", Refusal{ErrUnknown, "it is an ar archive or a Debian package, which asrdiag does not read", repack}},
	{0, "\xed\xab\xee\xdb", Refusal{ErrUnknown, "it is an RPM package", sendZip}},
	{0, "hsqs", Refusal{ErrUnknown, "it is a squashfs image, which asrdiag does not read", repack}},
	{0, "\x1f\x9d", Refusal{ErrUnknown, "it is compressed with compress (.Z), which asrdiag does not read", repack}},
	{0, "\x60\xea", Refusal{ErrUnknown, "it is an ARJ archive, which asrdiag does not read", repack}},
	{0, "\x89LZO\x00", Refusal{ErrUnknown, "it is compressed with lzop, which asrdiag does not read", repack}},
	{0, "\x5d\x00\x00", Refusal{ErrUnknown, "it is compressed with lzma, without the frame of xz, which asrdiag does not read", repack}},
	{0, "SQLite format 3\x00", Refusal{ErrUnknown, "it is a database (SQLite)", sendZip}},
	{0, "regf", Refusal{ErrUnknown, "it is a Windows registry hive", sendZip}},
	{0, "vhdxfile", Refusal{ErrUnknown, "it is a disk image", sendZip}},
	{0, "conectix", Refusal{ErrUnknown, "it is a disk image", sendZip}},
	{0, "PAGEDU", Refusal{ErrUnknown, "it is a memory dump", sendZip}},
	{0, "MDMP", Refusal{ErrUnknown, "it is a memory dump", sendZip}},
	{2, "-lh", Refusal{ErrUnknown, "it is an LHA archive, which asrdiag does not read", repack}},
	{32769, "CD001", Refusal{ErrUnknown, "it is a disc image (ISO), which asrdiag does not read", repack}},
}

// refuse says what a file is that is no archive.
func refuse(head []byte, name string) error {
	if len(head) == 0 {
		return partOr(name, &Refusal{ErrUnknown, "it is empty: it has 0 bytes", askAgain})
	}
	if r := private(head); r != nil {
		return r
	}
	for i := range known {
		if k := &known[i]; len(head) >= k.at && bytes.HasPrefix(head[k.at:], []byte(k.magic)) {
			return &k.Refusal
		}
	}
	for _, tell := range []func([]byte, string) *Refusal{encryptedBytes, office, message, textual} {
		if r := tell(head, name); r != nil {
			return r
		}
	}
	if len(bytes.Trim(head, "\x00")) == 0 {
		return &Refusal{ErrUnknown, "it holds only zeros: its content was lost on the way, or it is an empty tar", askAgain}
	}
	return partOr(name, &Refusal{errPlain, notArchive, sendWhole})
}

// cmsTypes are the encoded identifiers of signed and enveloped data in CMS.
const cmsTypes = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"

// encryptedBytes knows the binary forms of CMS and OpenPGP. The latter has no
// magic: its first packet must be one that begins an encrypted message, of a
// version that there is.
func encryptedBytes(head []byte, name string) *Refusal {
	if head[0] == 0x30 && bytes.Contains(head[:min(len(head), 64)], []byte(cmsTypes)) {
		return &Refusal{bundlezip.ErrEncrypted, "it is an encrypted or signed S/MIME message (.p7m)", decrypt}
	}
	pgp := &Refusal{bundlezip.ErrEncrypted, "it is encrypted or signed with PGP (GPG)", decrypt}
	lower := strings.ToLower(name)
	if head[0]&0x80 != 0 && (strings.HasSuffix(lower, ".gpg") || strings.HasSuffix(lower, ".pgp")) {
		return pgp
	}
	if len(head) < 8 {
		return nil
	}
	at := 2 // of the packet's version, behind its tag and length
	switch head[0] {
	case 0x84, 0x8c, 0xc1, 0xc3:
	case 0x85, 0x8d:
		at = 3
	default:
		return nil
	}
	isKey := head[0]&0x0c == 0x04 || head[0] == 0xc1
	if version := head[at]; (isKey && (version == 3 || version == 6)) || (!isKey && version >= 4 && version <= 6) {
		return pgp
	}
	return nil
}

const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// office knows documents and messages in Microsoft's compound format.
func office(head []byte, name string) *Refusal {
	if !bytes.HasPrefix(head, []byte(oleMagic)) {
		return nil
	}
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".msg"), bytes.Contains(head, wide("__substg1.0_")), bytes.Contains(head, wide("__properties_version1.0")):
		return &Refusal{ErrUnknown, "it is an Outlook message (.msg), perhaps with the bundle attached", detach}
	case bytes.Contains(head, wide("EncryptedPackage")):
		return &Refusal{bundlezip.ErrEncrypted, "it is an encrypted Office document", sendZip}
	case strings.HasSuffix(lower, ".msi"):
		return &Refusal{ErrUnknown, "it is a Windows installer package", sendZip}
	}
	return &Refusal{ErrUnknown, "it is an Office document", sendZip}
}

// wide is a text in UTF-16.
func wide(s string) []byte {
	var b []byte
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}

// mailHeader is a line with which a stored message begins.
var mailHeader = regexp.MustCompile(`(?i)^(from |(received|return-path|delivered-to|from|to|date|subject|message-id|mime-version|x-[a-z-]+|dkim-signature|arc-[a-z-]+|authentication-results|content-type): )`)

// message knows stored mails, encrypted ones too.
func message(head []byte, _ string) *Refusal {
	if !mailHeader.Match(head) || !bytes.Contains(bytes.ToLower(head), []byte("\nmime-version:")) && !looksLikeMail(head) {
		return nil
	}
	if lower := bytes.ToLower(head); bytes.Contains(lower, []byte("application/pkcs7-mime")) || bytes.Contains(lower, []byte("multipart/encrypted")) {
		return &Refusal{bundlezip.ErrEncrypted, "it is an encrypted e-mail", "open it in the mail program that has the key, " + detach}
	}
	return &Refusal{ErrUnknown, "it is an e-mail (.eml), perhaps with the bundle attached", detach}
}

// looksLikeMail wants two headers in the first lines.
func looksLikeMail(head []byte) bool {
	n := 0
	for i, line := range bytes.SplitN(head, []byte("\n"), 12) {
		if i < 11 && mailHeader.Match(line) {
			n++
		}
	}
	return n >= 2
}

// textual knows pages and JSON documents, among them our own.
func textual(head []byte, _ string) *Refusal {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	lower := bytes.ToLower(text[:min(len(text), 512)])
	switch {
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")), bytes.HasPrefix(lower, []byte("<head")):
		return &Refusal{ErrUnknown, "it is a web page: often what a portal gives instead of the file, as an error or to log in", "download the file again, logged in, and look at its size"}
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return &Refusal{ErrUnknown, "it is an XML document, often the error message of a download", "download the file again, and look at its size"}
	case !bytes.HasPrefix(text, []byte("{")):
		return nil
	}
	for format, r := range map[string]*Refusal{
		"asr-bundle": {ErrUnknown, "it is one file of a bundle", "name the folder that holds it, or the zip"},
		"asr-report": {ErrUnknown, "it is a report of asrdiag, and not a bundle", "open it with what reads JSON, or name the bundle that it is about"},
	} {
		if bytes.Contains(lower, []byte(`"`+format+`"`)) {
			return r
		}
	}
	return nil
}

// partName is how programs name the parts of a split archive, but for the last
// one of a zip.
var partName = regexp.MustCompile(`(?i)\.(\d{3}|z\d\d|r\d\d|part\d+\.rar)$`)

// partOr says that a file is a part of a split archive when its name does, and
// else what is given.
func partOr(name string, other error) error {
	if partName.MatchString(name) {
		return &Refusal{ErrPart, "it is a part of a split archive", joinParts}
	}
	return other
}

// partOf tells from an archive's first bytes that it goes on in another file.
// Some splitters leave no sign but the name.
func partOf(head []byte, name string) error {
	part := &Refusal{ErrPart, "it is a part of a split archive", joinParts}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x07\x08PK")) && partName.MatchString(name):
		return part
	case bytes.HasPrefix(head, []byte("Rar!\x1a\x07\x00")) && len(head) > 11:
		if flags := binary.LittleEndian.Uint16(head[10:]); flags&1 != 0 {
			return part
		} else if flags&0x80 != 0 {
			return &Refusal{bundlezip.ErrEncrypted, "it is encrypted with a password, its list of files too (rar)", unlock}
		}
	case bytes.HasPrefix(head, []byte("Rar!\x1a\x07\x01\x00")):
		return rar5(head[8:], part)
	}
	return partOr(name, nil)
}

// Types and flags of a rar 5 block.
const (
	rar5Main       = 1
	rar5Encryption = 4
	rar5Extra      = 1 // flag: the block has an extra area
	rar5Volume     = 1 // flag of the main block
)

// rar5 looks at the first block of a rar 5: after a checksum numbers of seven
// bits a byte: size, type, flags and, in the main block, its own flags.
func rar5(block []byte, part *Refusal) error {
	if len(block) < 5 {
		return nil
	}
	block = block[4:]
	next := func() uint64 {
		v, n := binary.Uvarint(block)
		block = block[max(n, 0):]
		return v
	}
	next()
	kind, flags := next(), next()
	if flags&rar5Extra != 0 {
		next()
	}
	switch {
	case kind == rar5Encryption:
		return &Refusal{bundlezip.ErrEncrypted, "it is encrypted with a password, its list of files too (rar)", unlock}
	case kind == rar5Main && next()&rar5Volume != 0:
		return part
	}
	return nil
}
