package services

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// errNotInstalled means that there is no service of that name, or not any more.
var errNotInstalled = errors.New("the service does not exist")

// scmDatabase is the service control manager's database.
type scmDatabase interface {
	// list names every service that is a program.
	list() ([]string, error)
	// open fails with errNotInstalled, or an error that is fs.ErrPermission.
	open(name string) (scmService, error)
}

// scmService are the questions about one service.
type scmService interface {
	status() (scmStatus, error)
	config() (scmConfig, error)
	delayed() (bool, error)
	triggers() (int, error)
	close()
}

// scmStatus is SERVICE_STATUS_PROCESS.
type scmStatus struct {
	state, pid, exitCode, specificCode, checkPoint, waitHintMS uint32
	// alone is set when no other service is in the process.
	alone bool
}

// machine is what is asked beside the service control manager.
type machine struct {
	// exists reports whether the program of a command line is there; nil when
	// that cannot be told.
	exists func(commandLine string) *bool
	// started is when a process began; nil when that cannot be told.
	started func(pid uint32) *time.Time
}

// scmConfig is QUERY_SERVICE_CONFIG. The path is a command line, with variables.
type scmConfig struct {
	display, account, path string
	start                  uint32
}

// scmNames are those of the options and, with "*", of all services, each once.
// Those of folders are found by their programs.
func scmNames(db scmDatabase, opt Options, program func(commandLine string) []string) ([]string, error) {
	names := opt.named()
	if opt.all() || len(opt.Folders) > 0 {
		all, err := db.list()
		if err != nil {
			return nil, err
		}
		if !opt.all() {
			all = slices.DeleteFunc(all, func(n string) bool { return !below(db, n, opt.Folders, program) })
		}
		names = append(names, all...)
	}
	seen := map[string]bool{}
	names = slices.DeleteFunc(names, func(n string) bool {
		low := strings.ToLower(n)
		again := seen[low]
		seen[low] = true
		return again
	})
	sort.Slice(names, func(i, j int) bool { return strings.ToLower(names[i]) < strings.ToLower(names[j]) }) // smaller than slices.SortFunc
	return names, nil
}

// below reports whether the program of a service lies below one of the folders.
// Of a service that may not be asked that is not known; its name may still be
// among those of the profile.
func below(db scmDatabase, name string, folders []string, program func(commandLine string) []string) bool {
	h, err := db.open(name)
	if err != nil {
		return false
	}
	defer h.close()
	c, err := h.config()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(program(c.path), func(path string) bool {
		return slices.ContainsFunc(folders, func(f string) bool {
			_, ok := cutPrefixFold(path, strings.TrimRight(f, `\`)+`\`)
			return ok
		})
	})
}

// readService reads one service. What cannot be told is absent, with the reason
// in raw; a service of which not even the state can be told has only an error.
func readService(db scmDatabase, name string, m machine) bundles.Service {
	h, err := db.open(name)
	if errors.Is(err, errNotInstalled) {
		return bundles.Service{Name: name, State: bundles.StateNotInstalled}
	}
	if err != nil {
		return bundles.Service{Name: name, Error: denied(err)}
	}
	defer h.close()
	st, err := h.status()
	if err != nil {
		return bundles.Service{Name: name, Error: denied(err)}
	}
	out := st.service(name)
	if st.state == scmRunning && st.alone && st.pid != 0 {
		out.Since = m.started(st.pid)
	}
	c, err := h.config()
	if err != nil {
		raw(&out, rawConfiguration, denied(err))
		return out
	}
	out.DisplayName, out.Account, out.Path, out.StartType = c.display, c.account, c.path, startOf(c.start)
	out.ImageExists = m.exists(c.path)
	if out.StartType == bundles.StartAutomatic {
		late, err := h.delayed()
		if late {
			out.StartType = bundles.StartAutomaticDelayed
		}
		note(&out, "delayed_start", err)
	}
	out.Triggers, err = h.triggers()
	note(&out, "triggers", err)
	return out
}

// service gives what the status tells.
func (st scmStatus) service(name string) bundles.Service {
	out := bundles.Service{Name: name, State: stateOf(st.state), PID: int32(st.pid)}
	switch st.state {
	case scmStopped:
		code := int64(st.exitCode)
		out.ExitCode = &code
		if st.exitCode == specificError {
			raw(&out, "service_specific_exit_code", strconv.FormatUint(uint64(st.specificCode), 10))
		}
	case scmStartPending, scmStopPending, scmContinuePending, scmPausePending:
		raw(&out, "check_point", strconv.FormatUint(uint64(st.checkPoint), 10))
		raw(&out, "wait_hint_ms", strconv.FormatUint(uint64(st.waitHintMS), 10))
	}
	switch st.state {
	case scmContinuePending:
		raw(&out, "state", "continue_pending")
	case scmPausePending:
		raw(&out, "state", "pause_pending")
	}
	return out
}

// rawConfiguration is the reason why a service's configuration is not known.
const rawConfiguration = "configuration"

// Lacking says of which services something could not be read, by name: all of it,
// or the configuration. It is nil when there is none; it is fs.ErrPermission when
// no service could be read because of missing rights.
func Lacking(list []bundles.Service) error {
	var bad []string
	refused := 0
	for _, s := range list {
		why := s.Error
		if s.Error == "" && s.Raw[rawConfiguration] != "" {
			why = "configuration: " + s.Raw[rawConfiguration]
		}
		if why == "" {
			continue
		}
		if strings.HasPrefix(s.Error, bundles.StatusDenied+": ") {
			refused++
		}
		if len(bad) < mostLacking {
			bad = append(bad, s.Name+": "+why)
		} else if len(bad) == mostLacking {
			bad = append(bad, "and more")
		}
	}
	switch {
	case len(bad) == 0:
		return nil
	case refused == len(list):
		return fmt.Errorf("no service may be read: %s: %w", bad[0], fs.ErrPermission)
	}
	return errors.New(strings.Join(bad, "; "))
}

// mostLacking is how many services are told by name.
const mostLacking = 20

// specificError is the exit code that refers to a code of the service's own.
const specificError = 1066

func raw(s *bundles.Service, key, value string) {
	if s.Raw == nil {
		s.Raw = map[string]string{}
	}
	s.Raw[key] = value
}

// note keeps why something is not known.
func note(s *bundles.Service, key string, err error) {
	if err != nil {
		raw(s, key, denied(err))
	}
}

// denied puts the status in front of an error about missing rights.
func denied(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return bundles.StatusDenied + ": " + err.Error()
	}
	return err.Error()
}

// States of a service, as the service control manager numbers them.
const (
	scmStopped = 1 + iota
	scmStartPending
	scmStopPending
	scmRunning
	scmContinuePending
	scmPausePending
	scmPaused
)

func stateOf(s uint32) string {
	switch s {
	case scmStopped:
		return bundles.StateStopped
	case scmStartPending, scmContinuePending:
		return bundles.StateStartPending
	case scmStopPending:
		return bundles.StateStopPending
	case scmRunning:
		return bundles.StateRunning
	case scmPausePending, scmPaused:
		return bundles.StatePaused
	}
	return bundles.StateUnknown
}

func startOf(s uint32) string {
	types := [...]string{bundles.StartBoot, bundles.StartSystem, bundles.StartAutomatic, bundles.StartManual, bundles.StartDisabled}
	if s >= uint32(len(types)) {
		return bundles.StartUnknown
	}
	return types[s]
}

// startTriggers counts in a SERVICE_TRIGGER_INFO, which lay at the address base,
// the triggers that start the service; others stop it.
func startTriggers(buf []byte, base uint64) int {
	const size, atAction, startAction = 32, 4, 1
	if len(buf) < 16 {
		return 0
	}
	count, at := binary.LittleEndian.Uint32(buf), binary.LittleEndian.Uint64(buf[8:])-base
	n := 0
	for ; count > 0 && at <= uint64(len(buf)) && uint64(len(buf))-at >= size; count, at = count-1, at+size {
		if binary.LittleEndian.Uint32(buf[at+atAction:]) == startAction {
			n++
		}
	}
	return n
}
