package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/charset"
)

// Limits of Newest.
const (
	newestFiles = 4
	newestBytes = 1 << 20 // of each file
)

// Newest gives the last lines of the newest files that the globs find, newest
// file first, as UTF-8 and not redacted: for looking at, not for the bundle. It
// leaves compressed files out. An error says what was not read.
func Newest(ctx context.Context, globs []string, since time.Time) ([]string, error) {
	var out []string
	var errs []error
	found := Find(ctx, globs, since)
	for _, f := range found.Files {
		if len(out) == newestFiles || ctx.Err() != nil {
			break
		}
		if strings.HasSuffix(strings.ToLower(f.Path), ".gz") {
			continue
		}
		text, err := ending(f, newestBytes)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Path, err))
			continue
		}
		out = append(out, text)
	}
	if len(found.Files) == 0 {
		errs = append(errs, errors.New("the log was not found"))
	}
	return out, errors.Join(append(errs, ctx.Err())...)
}

// ending reads the last whole lines of a file, n bytes at most.
func ending(f File, n int64) (string, error) {
	h, err := openLog(f.Base, f.Real)
	if err != nil {
		return "", err
	}
	defer h.Close()
	fi, err := h.Stat()
	if err != nil {
		return "", err
	}
	if !fi.Mode().IsRegular() {
		return "", errors.New("is no file any more")
	}
	head, err := readAt(h, 0, min(fi.Size(), charset.SniffBytes))
	if err != nil {
		return "", err
	}
	enc, ok := charset.Sniff(head)
	if !ok {
		return "", errors.New("is no text")
	}
	from := aligned(max(fi.Size()-n, 0), enc)
	if from > 0 {
		if from, err = nextLine(h, from, fi.Size(), enc); err != nil {
			return "", err
		}
	}
	raw, err := readAt(h, from, fi.Size()-from)
	return charset.Decode(raw, enc), err
}
