package collector

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/asrdiag/asrdiag/collector/internal/pseudonym"
)

// maxKeyFile is more than a case key file has, in bytes.
const maxKeyFile = 4 << 10

// caseKey gives the key of a run: a new one where no file is named, else the one
// of the file, which is made when it does not exist. Made says that it was. A
// key never is in an error.
func caseKey(file string) (k pseudonym.Key, made bool, err error) {
	if file == "" {
		return pseudonym.NewKey(), true, nil
	}
	k, err = readCaseKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, false, err
	}
	k = pseudonym.NewKey()
	err = writeCaseKey(file, k)
	if errors.Is(err, fs.ErrExist) { // another run was faster
		k, err = readCaseKey(file)
		return k, false, err
	}
	if err != nil {
		return k, false, &OptionError{fmt.Sprintf("make the case key: %v", err), "name a file in a folder that you may write to: --case-key FILE"}
	}
	return k, true, nil
}

// readCaseKey reads a key file. It fails with fs.ErrNotExist when there is none,
// else with an OptionError.
func readCaseKey(file string) (k pseudonym.Key, err error) {
	raw, err := keyText(file)
	for try := 0; err == nil && len(raw) == 0 && try < 10; try++ { // another run makes it
		time.Sleep(20 * time.Millisecond)
		raw, err = keyText(file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err != nil {
		return k, &OptionError{fmt.Sprintf("read the case key: %v", err), "name a file that you may read, or one that does not exist yet: it is made"}
	}
	if k, err = pseudonym.ParseKey(string(raw)); err != nil {
		return k, &OptionError{fmt.Sprintf("case key %q: %v", file, err), "name a file that asrcollect made, or one that does not exist yet: it is made, with a new key"}
	}
	return k, nil
}

func keyText(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}

// writeCaseKey makes a key file. It never overwrites one.
func writeCaseKey(file string, k pseudonym.Key) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(k.Text())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}
