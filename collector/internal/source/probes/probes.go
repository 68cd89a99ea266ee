// Package probes tries to connect to targets and says, leg by leg, how far it
// got and from which local endpoint, so that the traces of a probe in a log can
// be told from others.
//
// What it sends is a question to the DNS, a TLS hello or one request for a path
// without a body, and to a proxy CONNECT; never a credential. Nothing is trusted
// because of an answer, and no answer can lead it to another target.
package probes

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
)

// Limits of a run.
const (
	parallel     = 16
	maxAddresses = 8  // of one name that are tried
	maxFound     = 32 // of one name that are told
	// grace is for what does not end when its time is over.
	grace = time.Second
	// least is the time below which a probe would only say that it had none.
	least = 100 * time.Millisecond
)

const noTime = "no time was left"

// limits are the times that the legs may take.
type limits struct{ dns, tcp, proxy, tls, http, verify time.Duration }

func defaultLimits() limits {
	const s = time.Second
	return limits{dns: 5 * s, tcp: 5 * s, proxy: 6 * s, tls: 8 * s, http: 8 * s, verify: 5 * s}
}

// Prober runs probes.
type Prober struct {
	proxy  Proxy
	limits limits
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	dial   dialer
	roots  *x509.CertPool // nil: the system's
}

// New returns a Prober that tries targets through a proxy as well, where there
// is one and they ask for it.
func New(p Proxy) *Prober {
	return &Prober{
		proxy: p, limits: defaultLimits(),
		lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		dial: dial,
	}
}

// task is one item of the result.
type task struct {
	target Target
	via    string
}

// tasks lists what to try: a target that is tried both ways is two items.
func (r *Prober) tasks(targets []Target) []task {
	var out []task
	for _, t := range targets {
		out = append(out, task{t, bundles.ViaDirect})
		if t.Proxy && t.Error == "" && r.proxy.Usable() {
			out = append(out, task{t, bundles.ViaProxy})
		}
	}
	return out
}

// Run probes all targets, some at a time. The results are in the order of the
// targets, and there when ctx ends, whatever hangs.
func (r *Prober) Run(ctx context.Context, targets []Target) bundles.Probes {
	tasks := r.tasks(targets)
	f := bundles.Probes{Items: make([]bundles.Probe, len(tasks)), Proxy: r.proxy.Fact}
	done := make(chan numbered, len(tasks))
	for i, t := range tasks {
		f.Items[i] = t.item(time.Now())
		if t.target.Error == "" {
			f.Items[i].Error = noTime
		}
	}
	go r.all(ctx, tasks, done)
	late := make(chan struct{})
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(late) }) })()
	for range tasks {
		select {
		case d := <-done:
			f.Items[d.i] = d.item
			continue
		case <-late:
		}
		break
	}
	f.Taken = time.Now().UTC()
	return f
}

// Untried says of how many targets nothing is known because the time was over.
func Untried(f bundles.Probes) error {
	n := 0
	for _, p := range f.Items {
		if p.Error == noTime {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d probes were not made: %s", n, len(f.Items), noTime)
}

type numbered struct {
	i    int
	item bundles.Probe
}

// all starts the tasks in their order.
func (r *Prober) all(ctx context.Context, tasks []task, done chan<- numbered) {
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i, t := range tasks {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			done <- numbered{i, r.try(ctx, t)}
		})
	}
	wg.Wait()
}

// item is a result without legs.
func (t task) item(at time.Time) bundles.Probe {
	p := bundles.Probe{T: at.UTC(), Name: t.target.Name, Target: t.target.Target, Origin: t.target.Origin, Legs: []bundles.Leg{}, Error: t.target.Error}
	if t.target.Error == "" {
		p.Via = t.via
	}
	return p
}

func (r *Prober) try(ctx context.Context, t task) bundles.Probe {
	p := t.item(time.Now())
	if p.Error != "" {
		return p
	}
	if end, ok := ctx.Deadline(); ctx.Err() != nil || ok && time.Until(end) < least {
		p.Error = noTime
		return p
	}
	l := ladder{Prober: r, ctx: ctx, target: t.target}
	if t.via == bundles.ViaProxy {
		p.Proxy = r.proxy.Fact.Address
		if entry := r.proxy.bypasses(t.target.host, t.target.port); entry != "" {
			p.Error = "not tried through the proxy: no_proxy has " + entry
			return p
		}
		l.throughProxy()
	} else {
		l.direct()
	}
	p.Legs = l.legs
	return p
}
