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
// that follows fails with ErrBusy until it has returned: what f uses must not be
// used without asking.
func Ask[T any](ctx context.Context, l *Line, f func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	var none T
	if !l.busy.CompareAndSwap(false, true) {
		return none, ErrBusy
	}
	done := make(chan answer, 1)
	go func() {
		v, err := f()
		l.busy.Store(false)
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.v, a.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}
