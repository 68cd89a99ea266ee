// Package pending asks parts of the system that may never answer: a service
// manager that starts a service, a counter whose library hangs.
package pending

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrBusy means that an earlier question is not answered yet.
var ErrBusy = errors.New("an earlier question is not answered yet")

// Line takes one question at a time. Its zero value is ready.
type Line struct{ busy atomic.Bool }

// Ask calls f and waits for it until ctx ends. f then is left behind, and all
// that follows fails with ErrBusy until it has returned. What f uses must not be
// used outside of questions, and what it sets only when Ask gave f's own answer.
func (l *Line) Ask(ctx context.Context, f func() error) error {
	if !l.busy.CompareAndSwap(false, true) {
		return ErrBusy
	}
	done := make(chan error, 1)
	go func() {
		err := f()
		l.busy.Store(false)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
