package collector

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/asrdiag/asrdiag/bundles/zipwriter"
	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

// maxUnknown is how many pseudonyms that stay are named.
const maxUnknown = 20

// Reveal turns the pseudonyms of bundles back. It is not safe for concurrent use.
type Reveal struct {
	r     *pseudonym.Revealer
	files []*os.File
	// Skipped is how many lines of the maps could not be read, as the last one of
	// a run that was killed.
	Skipped int
	// Partial are the classes of which a map does not list all: user, host, ...
	Partial []string
}

// Revealed says what became of a text.
type Revealed struct {
	Turned int64 // pseudonyms, each time that it stands there
	// Unknown are pseudonyms that stay, each once, the first of them; More is how
	// often others that are not named stand there.
	Unknown []string
	More    int64
}

// OpenReveal reads maps and the key of a case, either of which may be left out.
// A map is a file, the folder DO-NOT-SEND-... of one, or a folder with such
// folders. With the key alone only addresses are turned back.
func OpenReveal(maps []string, caseKeyFile string) (*Reveal, error) {
	v := &Reveal{}
	var books []*pseudonym.Book
	for _, name := range maps {
		files, err := mapsIn(name)
		if err != nil {
			return nil, errors.Join(err, v.Close())
		}
		for _, file := range files {
			b, err := v.book(file)
			if err != nil {
				return nil, errors.Join(err, v.Close())
			}
			books = append(books, b)
		}
	}
	key, err := keyToReveal(caseKeyFile)
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	v.r = pseudonym.NewRevealer(books, key)
	return v, nil
}

// Close closes the maps.
func (v *Reveal) Close() error {
	var errs []error
	for _, f := range v.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// keyToReveal reads the key; nil: none is named.
func keyToReveal(file string) (*pseudonym.Key, error) {
	if file == "" {
		return nil, nil
	}
	k, err := readCaseKey(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &OptionError{fmt.Sprintf("read the case key: %v", err), "name the file that --case-key named when the bundle was collected"}
	}
	return &k, err
}

// mapsIn are the maps of a file or a folder.
func mapsIn(name string) ([]string, error) {
	fi, err := os.Stat(name)
	if err != nil {
		return nil, &OptionError{fmt.Sprintf("read the map: %v", err), "a map is in the folder " + pseudonym.MapName + "... beside the bundle"}
	}
	if !fi.IsDir() {
		return []string{name}, nil
	}
	var out []string
	entries, err := os.ReadDir(name)
	for _, e := range entries {
		path := filepath.Join(name, e.Name())
		switch {
		case !strings.HasPrefix(e.Name(), pseudonym.MapName):
		case e.IsDir() && !strings.HasPrefix(filepath.Base(name), pseudonym.MapName):
			inner, ierr := mapsIn(path)
			out, err = append(out, inner...), errors.Join(err, ierr)
		case strings.HasSuffix(strings.TrimSuffix(e.Name(), zipwriter.PartialSuffix), mapSuffix):
			out = append(out, path)
		}
	}
	if err == nil && len(out) == 0 {
		err = &OptionError{fmt.Sprintf("there is no map in %q", name), "name the map, or the folder that has " + pseudonym.MapName + "... in it"}
	}
	return out, err
}

// book opens one map.
func (v *Reveal) book(file string) (*pseudonym.Book, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &OptionError{fmt.Sprintf("read the map: %v", err), "name a map that you may read"}
	}
	v.files = append(v.files, f)
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b, err := pseudonym.ReadBook(f, fi.Size())
	if err != nil {
		return nil, &OptionError{fmt.Sprintf("%q: %v", file, err), "a map is " + pseudonym.MapName + "..." + mapSuffix + ", in the folder of that name beside the bundle"}
	}
	v.Skipped += b.Skipped
	for c := pseudonym.GUID; c <= pseudonym.Address; c++ {
		if b.Partial(c) {
			v.Partial = append(v.Partial, c.String())
		}
	}
	return b, nil
}

// Token is what a pseudonym stands for; false: that is not known.
func (v *Reveal) Token(text string) (string, bool) { return v.r.Token(text) }

// Copy copies a text and turns back the pseudonyms in it.
func (v *Reveal) Copy(dst io.Writer, src io.Reader) (Revealed, error) {
	var out Revealed
	named := map[string]bool{}
	v.r.Unknown = func(token string) {
		switch {
		case named[token]:
		case len(named) < maxUnknown:
			named[token] = true
			out.Unknown = append(out.Unknown, token)
		default:
			out.More++
		}
	}
	defer func() { v.r.Unknown = func(string) {} }()
	var err error
	out.Turned, err = v.r.Copy(dst, src)
	return out, err
}
