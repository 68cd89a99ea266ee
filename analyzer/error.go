package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/asrdiag/asrdiag/analyzer/internal/archive"
	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/bundles/bundlezip"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// Codes of an Error.
const (
	CodeNoFile     = "no_file"     // there is no such file, or it may not be read
	CodeNotArchive = "not_archive" // nothing that holds a bundle
	CodeNotBundle  = "not_bundle"  // an archive without one
	CodeVersion    = "version"     // a bundle of a newer format
	CodeEncrypted  = "encrypted"
	CodePrivate    = "private" // the customer's map of pseudonyms or key; nothing of it is shown
	CodeSeveral    = "several" // an archive with several bundles; see Error.Inner
	CodeDamaged    = "damaged" // the answer of "bundle verify"
	CodeNoPacks    = "no_packs"
	CodePack       = "pack"        // a pack cannot be used
	CodeWorkerDied = "worker_died" // outside of a module
	CodeLimit      = "limit"       // too large, too many, too long
	CodeUsage      = "usage"
	CodeCanceled   = "canceled"
	CodeInternal   = "internal"
)

// Error is an error for people: what is wrong and what to do about it. It
// crosses the border between worker and parent as JSON.
type Error struct {
	Code string `json:"code"`
	Msg  string `json:"msg"`
	Hint string `json:"hint,omitempty"`
	// Inner lists the bundles of an archive that holds several.
	Inner []Inner `json:"inner,omitempty"`
	// Notes say what else is in that archive.
	Notes []string `json:"notes,omitempty"`
}

func (e *Error) Error() string { return e.Msg }

func errorf(code, hint, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// Hints of more than one error.
const (
	internalHint = "this is a fault of asrdiag: report it, with the command and this message"
	nameHint     = "name the zip that asrcollect wrote, or its folder"
	againHint    = "ask for the file again: this one did not arrive whole"
)

// asError gives every error a code.
func asError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errorf(CodeCanceled, "", "stopped before the end")
	}
	return errorf(CodeInternal, internalHint, "%v", err)
}

// openError puts a failed opening of a bundle into words.
func openError(name string, err error) *Error {
	var version *bundles.VersionError
	var several *archive.SeveralError
	var inner *archive.InnerError
	var none *archive.NoInnerError
	var refusal *archive.Refusal
	switch {
	case errors.As(err, &several):
		return severalError(name, several)
	case errors.As(err, &none):
		return errorf(CodeNoFile, oneOf(none.Have), "open %q: %v", name, none)
	case errors.As(err, &inner):
		return openError(name+": "+inner.Name, inner.Err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return asError(err)
	case errors.As(err, &version):
		return errorf(CodeVersion, "use a newer asrdiag", "open %q: %v", name, err)
	case errors.Is(err, fs.ErrNotExist):
		return errorf(CodeNoFile, nameHint, "open %q: no such file", name)
	case errors.Is(err, fs.ErrPermission):
		return errorf(CodeNoFile, "run asrdiag as a user who may read it, or copy it to where you may", "open %q: access is denied", name)
	case errors.Is(err, archive.ErrSpool):
		return errorf(CodeInternal, "make room in the temporary folder, or name another one in TMPDIR (TMP on Windows)", "open %q: %v", name, err)
	case errors.Is(err, archive.ErrAge) && errors.As(err, &refusal):
		return errorf(CodeEncrypted, refusal.Do, "open %q: %s", name, refusal.What)
	case errors.As(err, &refusal):
		return errorf(codeOfRefusal(refusal), refusal.Do, "open %q: %s", name, refusal.What)
	case errors.Is(err, bundlezip.ErrEncrypted):
		return errorf(CodeEncrypted, "ask the customer for the zip that asrcollect wrote, or unpack it with the password and name the folder",
			"open %q: %v", name, err)
	case errors.Is(err, bundlezip.ErrLimit):
		return errorf(CodeLimit, "no bundle is like that: ask for it as asrcollect wrote it", "open %q: %v", name, err)
	case errors.Is(err, bundlezip.ErrCut):
		return errorf(CodeNotArchive, againHint, "open %q: %v", name, err)
	case errors.Is(err, archive.ErrUnknown):
		return errorf(CodeNotArchive, nameHint, "open %q: %v", name, err)
	case errors.Is(err, bundles.ErrNotBundle) && strings.Contains(err.Error(), "is not supported"):
		return errorf(CodeNotBundle, "unpack it and name the folder, or ask for the zip that asrcollect wrote", "open %q: %v", name, err)
	case errors.Is(err, bundles.ErrNotBundle):
		return errorf(CodeNotBundle, "a bundle has bundle.json at its top", "open %q: %v", name, err)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err // the message has the name already
	}
	return errorf(CodeNotArchive, nameHint, "open %q: %v", name, err)
}

func codeOfRefusal(r *archive.Refusal) string {
	switch {
	case errors.Is(r, archive.ErrPrivate):
		return CodePrivate
	case errors.Is(r, bundlezip.ErrEncrypted):
		return CodeEncrypted
	case errors.Is(r, bundlezip.ErrLimit):
		return CodeLimit
	case errors.Is(r, bundles.ErrNotBundle):
		return CodeNotBundle
	}
	return CodeNotArchive
}

// packError puts an unusable pack into words.
func packError(name string, err error) *Error {
	hint := "asrdiag pack verify FILE says what is wrong with it"
	if errors.Is(err, packfile.ErrABI) || errors.Is(err, packfile.ErrEngine) || errors.Is(err, packfile.ErrFormat) {
		hint = "use a newer asrdiag, or an older release of the pack"
	}
	return errorf(CodePack, hint, "open pack %q: %v", name, err)
}
