package pending

import (
	"context"
	"errors"
	"testing"
)

func TestAsk(t *testing.T) {
	var l Line
	ctx := context.Background()
	none := func() error { return nil }
	bad, late := errors.New("bad"), errors.New("late")
	if err := l.Ask(ctx, none); err != nil {
		t.Fatal(err)
	}
	if err := l.Ask(ctx, func() error { return bad }); !errors.Is(err, bad) {
		t.Fatalf("the answer is lost: %v", err)
	}

	answer, answered := make(chan error), make(chan bool)
	over, cancel := context.WithCancelCause(ctx)
	cancel(late)
	if err := l.Ask(over, func() error { defer close(answered); return <-answer }); !errors.Is(err, late) {
		t.Fatalf("a question that hangs: %v", err)
	}
	if err := l.Ask(ctx, none); !errors.Is(err, ErrBusy) {
		t.Fatalf("while it hangs: %v, want %v", err, ErrBusy)
	}
	answer <- bad
	<-answered
	err := ErrBusy
	for errors.Is(err, ErrBusy) {
		err = l.Ask(ctx, none)
	}
	if err != nil {
		t.Fatalf("the late answer is taken for another question's: %v", err)
	}
}
