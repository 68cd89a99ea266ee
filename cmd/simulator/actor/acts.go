//go:build linux || windows

package main

import (
	"net"
	"os"
	"strconv"
	"time"
)

// act begins what a service or a program does. What "exits" means is known
// before.
func act(a Action) error {
	switch a.Verb {
	case "connects":
		go connect(a.Object)
	case "grows":
		go grow(a.Object, 0)
	case "rotates":
		go grow(a.Object, 3)
	case "starts":
		cmd := command(a.Object)
		cmd.Env = append(os.Environ(), asChild+"=1")
		return cmd.Start()
	case "holds":
		return hold(a.Object)
	}
	return nil
}

// connect keeps one connection, and tries again when it cannot be had.
func connect(target string) {
	for {
		c, err := net.Dial("tcp", target)
		if err == nil {
			var one [1]byte
			for err == nil {
				_, err = c.Read(one[:])
			}
			c.Close()
		}
		time.Sleep(time.Second)
	}
}

// grow adds a line every second to a file that others may read and rename. With
// keep it renames it to PATH.1 after so many lines.
func grow(path string, keep int) {
	for n := 0; ; n++ {
		if keep > 0 && n > 0 && n%keep == 0 {
			_ = os.Remove(path + ".1") // not there the first time
			_ = os.Rename(path, path+".1")
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
		if err == nil {
			_, _ = f.WriteString(time.Now().Format("2006-Jan-02 15:04:05") + "\tINFO\tstill here " + strconv.Itoa(n) + "\r\n")
			f.Close()
		}
		time.Sleep(time.Second)
	}
}
