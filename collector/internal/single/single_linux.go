package single

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Lock is held while its process lives, or until Release.
type Lock struct{ l *net.UnixListener }

// Release gives the lock back.
func (l *Lock) Release() {
	if l != nil && l.l != nil {
		_ = l.l.Close()
	}
}

// holder is a process that holds a lock.
type holder struct{ pid, uid int }

// Take takes the lock of that name. It fails with *Busy. Another error comes
// with a Lock and says why the lock is not safe: the caller may go on.
//
// The lock is a socket in the abstract namespace: no file, no link to be
// tricked by, nothing to clean up. Each user has a name of its own, which
// others may take; but the kernel tells who did.
func Take(name string) (*Lock, error) {
	own := os.Geteuid()
	l, err := bind(name, own)
	lock := &Lock{l}
	if errors.Is(err, unix.EADDRINUSE) {
		h, herr := ask(name, own)
		if herr == nil && h.uid == own {
			return nil, h.busy()
		}
		err = fmt.Errorf("the name of the lock is held by somebody else (process %d of user %d)", h.pid, h.uid)
	}
	for _, uid := range others(name, own) {
		if h, herr := ask(name, uid); herr == nil && h.uid == uid && h.counts(own) {
			lock.Release()
			return nil, h.busy()
		}
	}
	return lock, err
}

func address(name string, uid int) *net.UnixAddr {
	return &net.UnixAddr{Net: "unix", Name: "@" + name + "/" + strconv.Itoa(uid)}
}

func bind(name string, uid int) (*net.UnixListener, error) {
	l, err := net.ListenUnix("unix", address(name, uid))
	if err != nil {
		return nil, err
	}
	go func() { // who asks wants to know who listens, and no more
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	return l, nil
}

// ask finds the process that holds a user's lock. Between a holder's bind and
// its listen there is a moment in which it does not answer.
func ask(name string, uid int) (h holder, err error) {
	for range 5 {
		if h, err = credentials(address(name, uid)); err == nil {
			return h, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return h, err
}

func credentials(a *net.UnixAddr) (h holder, err error) {
	d := net.Dialer{Timeout: time.Second}
	c, err := d.Dial("unix", a.Name)
	if err != nil {
		return h, err
	}
	defer c.Close()
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return h, err
	}
	var cred *unix.Ucred
	cerr := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err = errors.Join(cerr, err); err != nil {
		return h, err
	}
	return holder{int(cred.Pid), int(cred.Uid)}, nil
}

// others lists the users besides own whose lock is held.
func others(name string, own int) []int {
	raw, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return nil
	}
	return parseUnix(raw, name, own)
}

// parseUnix finds the locks in /proc/net/unix, which shows the zero byte of an
// abstract name as "@".
func parseUnix(raw []byte, name string, own int) []int {
	var out []int
	seen := map[int]bool{own: true}
	for l := range bytes.Lines(raw) {
		f := strings.Fields(string(l))
		if len(f) != 8 {
			continue
		}
		text, ok := strings.CutPrefix(f[7], "@"+name+"/")
		uid, err := strconv.Atoi(text)
		if ok && err == nil && !seen[uid] {
			seen[uid] = true
			out = append(out, uid)
		}
	}
	return out
}

// counts reports whether a holder of another user is a collection for certain.
func (h holder) counts(own int) bool {
	switch {
	case h.uid == 0:
		return true
	case own != 0:
		return false // a user cannot see what another user runs
	}
	return !h.stopped() && sameProgram(fmt.Sprintf("/proc/%d/exe", h.pid), "/proc/self/exe")
}

// stopped reports whether a process is held by its user, who could do so for
// ever.
func (h holder) stopped() bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.pid))
	i := bytes.LastIndexByte(raw, ')')
	return err != nil || i+2 >= len(raw) || bytes.IndexByte([]byte("TtZX"), raw[i+2]) >= 0
}

func sameProgram(a, b string) bool {
	fa, erra := os.Stat(a)
	fb, errb := os.Stat(b)
	if erra != nil || errb != nil || fa.Size() != fb.Size() {
		return false
	}
	if os.SameFile(fa, fb) {
		return true
	}
	ha, erra := hash(a)
	hb, errb := hash(b)
	return erra == nil && errb == nil && ha == hb
}

func hash(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return [sha256.Size]byte(h.Sum(nil)), err
}

func (h holder) busy() *Busy {
	name := strconv.Itoa(h.uid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return &Busy{PID: h.pid, User: "user " + name}
}
