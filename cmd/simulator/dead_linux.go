package simulator

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// reserve has a port that refuses: it is bound, so that nobody else gets its
// number, and does not listen.
func reserve(at string) (addr string, end func() error, err error) { return bind(at, nil) }

// drop has a port that does not answer: its queue is full, and the kernel drops
// what asks for more.
func drop(at string) (addr string, end func() error, err error) {
	return bind(at, func(fd int, addr string) error {
		if err := syscall.Listen(fd, 0); err != nil {
			return err
		}
		for range 8 {
			c, err := net.DialTimeout("tcp", addr, 300*time.Millisecond)
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				return nil
			}
			if err != nil {
				return err
			}
			_ = c // stays in the queue until the port is closed
		}
		return errors.New("the queue of the port does not fill")
	})
}

func bind(at string, then func(fd int, addr string) error) (addr string, end func() error, err error) {
	want, err := netip.ParseAddrPort(at)
	if err != nil {
		return "", nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			_ = syscall.Close(fd)
		}
	}()
	// A machine of the same case may have left connections that linger.
	if err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return "", nil, err
	}
	if err = syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(want.Port()), Addr: want.Addr().As4()}); err != nil {
		return "", nil, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return "", nil, err
	}
	addr = fmt.Sprintf("%s:%d", want.Addr(), name.(*syscall.SockaddrInet4).Port)
	if then != nil {
		err = then(fd, addr)
	}
	return addr, func() error { return syscall.Close(fd) }, err
}
