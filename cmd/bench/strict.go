package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// writeNames makes a log each line of which has an address that no other line
// has, and the name of one of a few hosts, as a transfer log of a large site.
func writeNames(name string, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w, random := bufio.NewWriterSize(f, 1<<20), rand.New(rand.NewPCG(seed, 7))
	for n := int64(0); n < size; {
		v := random.Uint64()
		k, _ := fmt.Fprintf(w, "2026-03-05 09:15:00.%06d\tINFO\t(sid: 12f.%06x) %d.%d.%d.%d:%d : upload of %s.corp.example took %d ms, sent %d bytes, %d are pending\r\n",
			v%1e6, v>>40, 10+v>>56%2*30, byte(v), byte(v>>8), byte(v>>16), 1024+v%60000, hosts[v%4], v%977, v%9e6, v>>33)
		n += int64(k)
	}
	return closeAfter(f, w.Flush())
}

// writeCrowd makes a log each line of which has five names that no other line has:
// a user, two hosts, an address and a mailbox, as a log of sessions that all of a
// large customer goes through.
func writeCrowd(name string, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w, random := bufio.NewWriterSize(f, 1<<20), rand.New(rand.NewPCG(seed, 11))
	for n, line := int64(0), 0; n < size; line++ {
		v := random.Uint64()
		k, _ := fmt.Fprintf(w, "2026-03-05 09:15:00.%06d\tINFO\t(sid: 12f.%06x) session of CORP\\u%07d from wks-%07x.corp.example (%d.%d.%d.%d:%d) to host=srv%08d took %d ms, sent %d bytes, notice to m%07d@corp.example\r\n",
			v%1e6, v>>40, line, line, 10+v>>56%2*30, byte(line>>16), byte(line>>8), byte(line), 1024+v%60000, line, v%977, v%9e6, line)
		n += int64(k)
	}
	return closeAfter(f, w.Flush())
}

// namesCase is a log that has many names, and the modes that it is measured in.
type namesCase struct {
	folder, what string
	write        func(name string, size int64) error
	modes        []string
	bound        string // empty: for information
	rounds       int
}

// collectNames is the cost of pseudonyms: each line has a new one, or five. The map
// goes beside the bundle, as it does by default.
func collectNames(b *bench) (rows []row, err error) {
	for _, c := range []namesCase{
		{"names", "a new address in each line", writeNames, []string{"standard", "strict"}, "10 s, aim 5", 3},
		{"crowd", "five new names in each line", writeCrowd, []string{"strict"}, "", 1},
	} {
		more, err := c.rows(b)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func (n namesCase) rows(b *bench) ([]row, error) {
	log, err := b.make(n.folder+"/bench.log", func(file string) error { return n.write(file, b.sized(bigLog)) })
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, mode := range n.modes {
		collect, err := b.collect(log, "--privacy", mode)
		if err != nil {
			return nil, err
		}
		collect.watch = true
		out := filepath.Join(b.dir, "out-"+n.folder)
		spent, err := turns(b.ctx, b.rounds(n.rounds), withoutMaps(emptyOut(collect.run, out), out))
		if err != nil {
			return nil, err
		}
		c, words := spent[0], collectWords+" --privacy "+mode
		cpu := row{what: "asrcollect: 500 MB, " + n.what + ", " + mode + ", CPU", measured: sec(c.cpu), bound: n.bound, command: words, value: c.cpu.Seconds()}
		if n.bound != "" {
			cpu.limit = 10
		}
		rows = append(
			rows,
			cpu,
			row{what: "the same, resident", measured: inMiB(c.resident), bound: "48 MiB", command: words, value: float64(c.resident), limit: 48 * mib},
		)
	}
	return rows, os.Remove(log)
}

// withoutMaps removes the maps as well.
func withoutMaps(run func(context.Context) (cost, error), folder string) func(context.Context) (cost, error) {
	return func(ctx context.Context) (cost, error) {
		c, err := run(ctx)
		dirs, _ := filepath.Glob(filepath.Join(folder, "DO-NOT-SEND-*"))
		for _, dir := range dirs {
			_ = os.RemoveAll(dir)
		}
		return c, err
	}
}
