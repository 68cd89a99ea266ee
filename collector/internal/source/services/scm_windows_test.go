package services

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows/registry"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/pending"
)

func TestRealServices(t *testing.T) {
	ctx := context.Background()
	m, err := Open(ctx, Options{Names: []string{"rpcss", "*", "NoSuchService", `a\b`}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	list, err := m.Read(ctx)
	if err != nil || len(list) < 5 {
		t.Fatalf("%d services, %v", len(list), err)
	}
	seen := map[string]bundles.Service{}
	for _, s := range list {
		if low := strings.ToLower(s.Name); seen[low].Name != "" {
			t.Errorf("%s comes twice", s.Name)
		} else {
			seen[low] = s
		}
		if s.Error != "" {
			t.Errorf("%+v", s)
		}
	}
	if !slices.ContainsFunc(list, func(s bundles.Service) bool {
		return s.Since != nil && s.PID != 0 && s.Since.Before(time.Now().Add(time.Second)) && time.Since(*s.Since) < time.Hour
	}) {
		t.Error("of no service is known since when it runs")
	}
	rpc := seen["rpcss"]
	if rpc.State != bundles.StateRunning || rpc.PID == 0 || rpc.DisplayName == "" || rpc.Account == "" || rpc.ImageExists == nil || !*rpc.ImageExists {
		t.Errorf("RpcSs = %+v", rpc)
	}
	for _, name := range []string{"nosuchservice", `a\b`} {
		if s := seen[name]; s.State != bundles.StateNotInstalled {
			t.Errorf("%s = %+v", name, s)
		}
	}
}

// hung is a manager that does not answer before it is told to.
type hung struct {
	scmDatabase
	answer chan bool
}

func (h hung) list() ([]string, error) {
	<-h.answer
	return nil, errors.New("late")
}

// TestSilentManager: a manager that hangs costs the time it is given, then and
// later, and nothing else.
func TestSilentManager(t *testing.T) {
	h := hung{answer: make(chan bool)}
	s := &scm{opt: Options{Names: []string{"*"}}, db: h}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Read(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "service control manager") {
		t.Errorf("first reading: %v", err)
	}
	if _, err := s.Read(context.Background()); !errors.Is(err, pending.ErrBusy) {
		t.Errorf("second reading: %v", err)
	}
	if err := s.Close(); !errors.Is(err, pending.ErrBusy) {
		t.Errorf("close: %v", err)
	}
	close(h.answer)
}

// TestRegistered reads flag and triggers where the manager keeps them, for
// systems that know no question for them.
func TestRegistered(t *testing.T) {
	const name = "AsrdiagTestService"
	key := func(path string, values map[string]uint32) {
		k, _, err := registry.CreateKey(registry.LOCAL_MACHINE, servicesKey+name+path, registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		for n, v := range values {
			if err := k.SetDWordValue(n, v); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { _ = registry.DeleteKey(registry.LOCAL_MACHINE, servicesKey+name+path) })
	}
	s := service{name: name}
	key("", nil)
	if late, err := s.registeredDelay(); late || err != nil {
		t.Errorf("without the flag: %v, %v", late, err)
	}
	if n, err := s.registeredTriggers(); n != 0 || err != nil {
		t.Errorf("without triggers: %d, %v", n, err)
	}
	key("", map[string]uint32{"DelayedAutostart": 1})
	key(`\TriggerInfo`, nil)
	key(`\TriggerInfo\0`, map[string]uint32{"Action": 1})
	key(`\TriggerInfo\1`, map[string]uint32{"Action": 2})
	if late, err := s.registeredDelay(); !late || err != nil {
		t.Errorf("with the flag: %v, %v", late, err)
	}
	if n, err := s.registeredTriggers(); n != 1 || err != nil {
		t.Errorf("one starts and one stops: %d, %v", n, err)
	}
}
