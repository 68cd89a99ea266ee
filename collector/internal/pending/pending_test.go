package pending

import (
	"context"
	"errors"
	"testing"
)

func TestAsk(t *testing.T) {
	var l Line
	ctx := context.Background()
	one := func() (int, error) { return 1, nil }
	if v, err := Ask(ctx, &l, one); v != 1 || err != nil {
		t.Fatalf("%d, %v", v, err)
	}
	bad := errors.New("bad")
	if _, err := Ask(ctx, &l, func() (int, error) { return 0, bad }); !errors.Is(err, bad) {
		t.Fatalf("the error of the question is lost: %v", err)
	}

	answer, answered := make(chan int), make(chan bool)
	late, cancel := context.WithCancelCause(ctx)
	cancel(bad)
	_, err := Ask(late, &l, func() (int, error) { defer close(answered); return <-answer, nil })
	if !errors.Is(err, bad) {
		t.Fatalf("a question that hangs: %v", err)
	}
	if _, err := Ask(ctx, &l, one); !errors.Is(err, ErrBusy) {
		t.Fatalf("while it hangs: %v, want %v", err, ErrBusy)
	}
	answer <- 2
	<-answered
	for err = ErrBusy; errors.Is(err, ErrBusy); {
		var v int
		if v, err = Ask(ctx, &l, one); err == nil && v != 1 {
			t.Fatalf("the late answer %d is taken for another question's", v)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
