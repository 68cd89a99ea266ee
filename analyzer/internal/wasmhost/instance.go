package wasmhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/packfile"
)

// stopCode is the exit code with which the host ends an instance. The reason
// stands in the instance: a guest may use the same number.
const stopCode = 99

// instance is one run of a module's _start.
type instance struct {
	limits  packfile.Limits
	clock   clock
	memory  arena
	stderr  head
	opened  int64
	stopped string // why the host ended it
}

// death says how an instance ended before its time; the zero value: it did not.
type death struct {
	reason string
	code   int  // exit code, 0 when there was none
	limit  bool // the host stopped it
}

func (d death) dead() bool { return d.reason != "" }

// stop ends the instance at once. It must be called from a host function.
func (in *instance) stop(format string, args ...any) {
	if in.stopped == "" {
		in.stopped = fmt.Sprintf(format, args...)
	}
	panic(sys.NewExitError(stopCode))
}

// start runs the module with a verb. Files is nil for none.
func (m *Module) start(ctx context.Context, in *instance, verb string, files *Tree, stdout io.Writer) (d death) {
	in.memory.limit = m.limits.MemoryBytes
	in.stderr.limit = m.limits.StderrBytes
	config := wazero.NewModuleConfig().WithName("").WithArgs("check", verb).
		WithStdout(stdout).WithStderr(&in.stderr).
		WithWalltime(in.clock.wall, clockResolution).WithNanotime(in.clock.nanotime, clockResolution).
		WithNanosleep(in.clock.sleep).WithRandSource(rand.NewChaCha8([32]byte{}))
	if files != nil {
		config = config.WithFSConfig(wazero.NewFSConfig().WithFSMount(files, "/"))
		files.seen = append(files.seen, in.open)
		defer files.forget()
	}
	defer func() {
		if r := recover(); r != nil {
			d = in.died(fmt.Errorf("panic: %v", r))
		}
	}()
	mod, err := m.runtime.InstantiateModule(experimental.WithMemoryAllocator(ctx, &in.memory), m.compiled, config)
	if mod != nil {
		defer mod.Close(ctx)
	}
	if err != nil {
		return in.died(err)
	}
	return death{}
}

// open counts opened files.
func (in *instance) open(string) {
	if in.opened++; in.opened > in.limits.OpenFiles {
		in.stop("opened more than %d files", in.limits.OpenFiles)
	}
}

// died puts the end of an instance into words.
func (in *instance) died(err error) death {
	var exit *sys.ExitError
	isExit := errors.As(err, &exit)
	switch {
	case in.stopped != "":
		return death{reason: in.stopped, limit: true}
	case in.memory.refused:
		return death{reason: fmt.Sprintf("used more than %s of memory", bytesText(in.memory.limit))}
	case !isExit:
		return death{reason: "trap: " + trapText(err)}
	case exit.ExitCode() == abi.ExitUnsupported:
		return death{code: abi.ExitUnsupported, reason: fmt.Sprintf("the module does not support ABI %s", abi.Version)}
	case exit.ExitCode() == abi.ExitUsage:
		return death{code: abi.ExitUsage, reason: "the module did not understand its command line or request"}
	}
	reason := fmt.Sprintf("exit code %d", exit.ExitCode())
	if cry := lastCry(in.stderr.String()); cry != "" {
		reason += ": " + cry
	}
	return death{code: int(exit.ExitCode()), reason: reason}
}

// trapText is the first line of a trap without wazero's frame around it: the
// rest is a stack of addresses.
func trapText(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	for _, frame := range []string{"wasm error: ", "function[_start] failed: "} {
		if _, after, ok := strings.Cut(text, frame); ok {
			return after
		}
	}
	return text
}

// lastCry finds the line in which a Go guest says why it gives up.
func lastCry(stderr string) string {
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return strings.ToValidUTF8(strings.TrimSpace(line[:min(len(line), 200)]), "\uFFFD")
		}
	}
	return ""
}

// head keeps the first bytes that are written to it, up to a limit, and takes
// the rest without keeping it.
type head struct {
	limit int64
	kept  []byte
}

func (h *head) Write(p []byte) (int, error) {
	if room := h.limit - int64(len(h.kept)); room > 0 {
		h.kept = append(h.kept, p[:min(int64(len(p)), room)]...)
	}
	return len(p), nil
}

func (h *head) String() string { return string(h.kept) }

// newInstance gives an instance whose clock starts at now.
func newInstance(limits packfile.Limits, now time.Time) *instance {
	return &instance{limits: limits, clock: clock{start: now}}
}
