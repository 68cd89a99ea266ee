package probes

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// Statuses of a leg.
const (
	statusOK          = "ok"
	statusRefused     = "refused"
	statusTimeout     = "timeout"
	statusUnreachable = "unreachable"
	statusNotFound    = "not_found"
	statusFailed      = "failed"
	statusSkipped     = "skipped"
)

// Winsock's numbers, which package syscall does not map.
const (
	windowsDenied          = syscall.Errno(10013)
	windowsUnreachable     = syscall.Errno(10051)
	windowsReset           = syscall.Errno(10054)
	windowsAborted         = syscall.Errno(10053)
	windowsTimeout         = syscall.Errno(10060)
	windowsRefused         = syscall.Errno(10061)
	windowsHostUnreachable = syscall.Errno(10065)
)

func is(err error, list ...error) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return is(err, context.DeadlineExceeded, windowsTimeout) || errors.As(err, &timeout) && timeout.Timeout()
}

// Status gives the word for how a leg ended.
func Status(err error) string {
	var dns *net.DNSError
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &dns) && dns.IsNotFound:
		return statusNotFound
	case is(err, syscall.ECONNREFUSED, windowsRefused):
		return statusRefused
	case is(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, windowsUnreachable, windowsHostUnreachable):
		return statusUnreachable
	case isTimeout(err):
		return statusTimeout
	}
	return statusFailed
}

// inWords explains an error to whoever runs the machine.
func inWords(err error) string {
	var dns *net.DNSError
	var remote *net.OpError
	switch {
	case errors.As(err, &dns):
		return dnsWords(dns)
	case is(err, syscall.ECONNREFUSED, windowsRefused):
		return "the connection is refused: nothing listens on the port, or a firewall rejects it"
	case is(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, windowsUnreachable, windowsHostUnreachable):
		return "there is no route to the address"
	case is(err, syscall.EACCES, syscall.EPERM, windowsDenied):
		return "this machine itself forbids the connection, such as its own firewall"
	case isTimeout(err):
		return "no answer in time"
	case is(err, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, windowsReset, windowsAborted):
		return "the connection was cut off from the other side (reset)"
	case errors.As(err, &remote) && remote.Op == "remote error":
		return "the server refused the handshake: " + strings.TrimPrefix(remote.Err.Error(), "tls: ")
	case is(err, io.EOF, io.ErrUnexpectedEOF):
		return "the other side closed the connection without an answer"
	case errors.Is(err, context.Canceled):
		return "ended early"
	}
	return oneLine(err)
}

func dnsWords(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return fmt.Sprintf("no address is known for the name %s", err.Name)
	case err.IsTimeout:
		return "the DNS server does not answer"
	}
	return "the DNS server gives no answer that helps: " + oneLine(errors.New(err.Err))
}

// handshakeWords explains why a handshake failed; answer is the begin of what
// the server sent.
func handshakeWords(err error, answer []byte) string {
	var alert tls.AlertError
	var other tls.RecordHeaderError
	switch {
	case errors.As(err, &other):
		return fmt.Sprintf("the server does not speak TLS: its answer begins with %+q", answer[:min(len(answer), 24)])
	case is(err, io.EOF, io.ErrUnexpectedEOF) && len(answer) == 0:
		return "the server closed the connection after the hello"
	case is(err, io.EOF, io.ErrUnexpectedEOF):
		return "the server closed the connection in the middle of the handshake"
	case isTimeout(err) && len(answer) == 0:
		return "no answer to the hello in time"
	case isTimeout(err):
		return "the handshake did not end in time"
	case errors.As(err, &alert):
		return "the handshake failed: " + strings.TrimPrefix(alert.Error(), "tls: ")
	}
	return inWords(err)
}

// oneLine bounds a text that may hold bytes from the other side.
func oneLine(err error) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return '?'
		}
		return r
	}, strings.ReplaceAll(err.Error(), "\n", "; "))
	return text[:min(len(text), 200)]
}
