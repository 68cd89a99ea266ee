// Package collector reads the state of a machine and writes a bundle.
//
// Run is the only door. What it reads is named by a profile; what it finds
// passes a redactor before it reaches the bundle. Nothing is written but the
// bundle, nothing on the machine is changed, and the only traffic is that of the
// probes and of the clock comparison. No program is started unless the user
// agrees, and then only those of a closed list.
package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/probes"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

// Finish asks a run to end early; it still writes a bundle.
type Finish int

// Kinds of Finish.
const (
	// FinishPhase ends the window or, when that is over, the reading of logs.
	FinishPhase Finish = iota
	// FinishAll ends the window and gives the logs little time: the machine is
	// shutting down.
	FinishAll
)

// Progress is what a run is doing.
type Progress struct {
	Phase string        // in words: "averaging CPU, memory, disk"
	Until time.Time     // when the phase ends; zero: not known
	Then  bool          // logs are still to be read after this phase
	Took  time.Duration // since the start of the run
}

// Options of Run.
type Options struct {
	Version string // of the program
	// Duration of the window and interval of its samples.
	Duration, Interval time.Duration
	// Out is the folder that takes the bundle; "-" writes it to Stdout. Empty:
	// the first of the program's own, Documents and the temporary one that can,
	// and the volume of the profile's cache only when no other can.
	Out    string
	Stdout io.Writer
	// Profile is the name of a profile or a file; empty: the first whose role
	// this machine has, else the generic one.
	Profile string
	// Role overrides the role that is detected; without Profile it chooses the
	// first profile that has it.
	Role    string
	Case    string
	LogAge  time.Duration // older log files are left out; 0: none
	MaxSize int64         // bytes of the finished bundle; 0: no limit
	MinFree int64         // bytes that stay free on the volume of Out
	// Probes are targets HOST:PORT besides those of the profile.
	Probes   []string
	NoProbes bool
	// Commands lets the programs run that the profile names; Asked says that the
	// user was asked, so that Commands is the answer. Client lets the product's
	// own client run, which sends a test file to the process server.
	Commands, Asked, Client bool
	// Privacy is PrivacyStandard or PrivacyStrict; empty: standard.
	Privacy string
	// EncryptTo are public keys of age, or files with some, for which the bundle
	// is encrypted; empty: those of the profile, and without any it is not.
	EncryptTo []string
	// ProfileKeys are the public keys of minisign that profiles in files may be
	// signed with, and ProfileSigner whose they are. Agreed is the SHA-256 of a
	// profile to which the user has said yes although it is not.
	ProfileKeys   []string
	ProfileSigner string
	Agreed        string
	// CaseKey is the file with the key of the case, which is made when it is not
	// there; empty: a key of this run alone. NoMap leaves out the map from
	// pseudonyms to what they stand for.
	CaseKey string
	NoMap   bool
	// Lock is the name of the lock that keeps a second collection off this
	// machine; empty: that of all collections.
	Lock string
	// Begin is called once, when the bundle has been begun.
	Begin func(Beginning)
	// Finish delivers requests to end early.
	Finish <-chan Finish
	// Review, when set, is shown what is in the bundle, before that gets its name,
	// and says whether it is wanted. It is called from the run's goroutine; when ctx
	// ends it has to return. Of a bundle that is not wanted nothing is left.
	Review func(ctx context.Context, r Review) bool
	// Progress is called as phases begin, from the run's goroutine.
	Progress func(Progress)
	// Bus is the address of the D-Bus system bus; empty: the system's.
	Bus string

	test testOptions
}

// Modes of Options.Privacy.
const (
	PrivacyStandard = "standard"
	PrivacyStrict   = "strict"
)

// Beginning is what is known when a bundle has been begun.
type Beginning struct {
	Path string // that the bundle will have; "-" for Stdout
	// Leftovers are what earlier runs that were killed have left beside it.
	Leftovers []Leftover
	// EncryptTo are the keys for which the bundle is encrypted; none: it is not.
	EncryptTo []string
	Case      string
}

// testOptions are for tests.
type testOptions struct {
	faster int // timeouts are shorter by this factor; 0 is 1
	// services is how often services are read in the window; 0: each minute.
	services time.Duration
	folders  []string // in place of the default ones
	overtime time.Duration
	agreed   bool // to any profile
}

// Summary says what a run has written.
type Summary struct {
	Path    string         `json:"path"` // "-" for Stdout
	ID      string         `json:"id"`
	Size    int64          `json:"size"`
	Profile string         `json:"profile"`
	Host    string         `json:"host"`
	Role    string         `json:"role"`
	Window  bundles.Window `json:"window"`
	Files   int            `json:"files"`
	Privacy string         `json:"privacy"` // mode
	// Map is the map of the bundle's pseudonyms; nil: there is none, because none
	// was wanted, the bundle went to Stdout, or it has no pseudonyms.
	Map *MapSummary `json:"map,omitempty"`
	// Complete is set when nothing is lacking that was to be collected.
	Complete bool `json:"complete"`
	// Lacking are the sources that did not give all they should.
	Lacking []bundles.Source `json:"lacking"`
	// EncryptTo are the keys for which the bundle is encrypted; none: it is not.
	EncryptTo []string `json:"encrypt_to,omitempty"`
}

// OptionError is a mistake in the options. Hint says what to write instead.
type OptionError struct{ Msg, Hint string }

func (e *OptionError) Error() string { return e.Msg }

// SpaceError means that the volume for the bundle has too little room.
type SpaceError struct {
	Folder        string
	Free, MinFree int64
}

func (e *SpaceError) Error() string {
	if e.Free >= e.MinFree {
		return fmt.Sprintf("the volume of %q has %s free: a bundle needs %s besides what --min-free keeps", e.Folder, FormatSize(e.Free), FormatSize(leastRoom))
	}
	return fmt.Sprintf("the volume of %q has %s free, less than --min-free %s", e.Folder, FormatSize(e.Free), FormatSize(e.MinFree))
}

// BusyError means that another collection runs on this machine. PID is 0 when
// it is not known.
type BusyError struct {
	PID int
	msg string
}

func (e *BusyError) Error() string { return e.msg }

// FormatDuration writes a time span for people: 15m, 1h30m, 500ms.
func FormatDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// FormatSize writes a number of bytes for people.
func FormatSize(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}

func (o *Options) check() error {
	switch {
	case o.Interval < 100*time.Millisecond:
		return &OptionError{fmt.Sprintf("interval %s is too short", FormatDuration(o.Interval)), "use --interval 1s or longer"}
	case o.Duration < o.Interval:
		return &OptionError{fmt.Sprintf("duration %s is shorter than the interval %s", FormatDuration(o.Duration), FormatDuration(o.Interval)), "use a --duration of several intervals"}
	case o.Duration > 7*24*time.Hour:
		return &OptionError{fmt.Sprintf("duration %s is longer than 7 days", FormatDuration(o.Duration)), "collect 15m and again later"}
	case o.MaxSize < 0 || o.MaxSize > 0 && o.MaxSize < 1<<20:
		return &OptionError{fmt.Sprintf("maximum size %s is too small", FormatSize(o.MaxSize)), "use --max-size 1MiB or more"}
	}
	if err := o.checkReview(); err != nil {
		return err
	}
	switch {
	case o.LogAge < 0:
		return &OptionError{fmt.Sprintf("log age %s is negative", FormatDuration(o.LogAge)), "use --log-age 72h, or 0 for all logs"}
	case !profiles.IsCase(o.Case):
		return &OptionError{fmt.Sprintf("case %.40q is not a line of at most %d bytes", o.Case, profiles.MaxCase), "use --case with the number that support gave you"}
	}
	switch o.Privacy {
	case "", PrivacyStandard, PrivacyStrict:
	default:
		return &OptionError{fmt.Sprintf("privacy %.40q is unknown", o.Privacy), "use --privacy standard or --privacy strict"}
	}
	if _, err := o.recipients(nil); err != nil {
		return err
	}
	if o.Client && o.NoProbes {
		return &OptionError{"--with-cxpsclient connects to the process server and --no-probes forbids it", "leave out one of them"}
	}
	for _, t := range o.Probes {
		if err := probes.CheckTarget(t); err != nil {
			return &OptionError{"probe target " + err.Error(), "write --probe 10.0.0.4:9443"}
		}
	}
	return nil
}

// Run collects from this machine and writes one bundle. When it returns an
// error there is no bundle and no partial file; the error is ctx's when ctx was
// cancelled. A source that fails is a row of the bundle, not an error.
func Run(ctx context.Context, opt Options) (Summary, error) {
	if err := opt.check(); err != nil {
		return Summary{}, err
	}
	s, err := newSession(ctx, opt)
	if err != nil {
		return Summary{}, err
	}
	defer s.lock.Release()
	defer s.archive.Abort()
	defer s.hold.close()
	defer s.naming.abort()
	if err := s.collect(ctx); err != nil {
		return Summary{}, err
	}
	return s.commit(ctx)
}

// Profiles lists the profiles that are built in.
func Profiles() ([]*profiles.Profile, error) { return profiles.Builtin() }

// ProfileFor finds the profile that a run would use on this machine.
func ProfileFor(ctx context.Context, nameOrFile string) (*profiles.Profile, error) {
	return chooseProfile(ctx, Options{Profile: nameOrFile})
}

// ProfileText returns the document of a built-in profile as it was written, or
// reads and checks a file; then there is no text.
func ProfileText(nameOrFile string) ([]byte, *profiles.Profile, error) {
	text, err := profiles.Text(nameOrFile)
	if err == nil {
		return text, nil, nil
	}
	p, _, err := findProfile(nameOrFile)
	return nil, p, err
}

// ParseSize reads a size such as 100MiB.
func ParseSize(text string) (int64, error) { return profiles.ParseSize(text) }

// errLost explains a bundle that could not be written.
func errLost(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("write the bundle: %w", err)
}
