package collector

import (
	"fmt"
	"time"
)

// within calls f and waits for it only so long: a folder on a server that is
// gone holds whoever asks for it. f then is left behind.
func within[T any](d time.Duration, what string, f func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		v, err := f()
		done <- answer{v, err}
	}()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case a := <-done:
		return a.v, a.err
	case <-t.C:
		var none T
		return none, fmt.Errorf("%s: no answer within %v", what, d)
	}
}
