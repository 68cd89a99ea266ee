// Package certificates reads the public part of certificates: of files, and of
// the stores of the machine. Keys are never read.
package certificates

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // what Windows names certificates by
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/asrdiag/asrdiag/bundles"
	"github.com/asrdiag/asrdiag/collector/internal/source/paths"
	"github.com/asrdiag/asrdiag/collector/profiles"
)

const (
	maxFile  = 64 << 10 // bytes
	maxFound = 16       // certificates of one item
)

// Stored is a certificate of a store.
type Stored struct {
	DER    []byte
	HasKey bool // a private key belongs to it
}

// Options of Read.
type Options struct {
	// Expand gives the path that a path of the profile stands for.
	Expand func(path string) (string, bool)
	// Value gives what a reference stands for.
	Value func(ref string) (string, bool)
	// Store lists the certificates of a store; nil: of this system.
	Store func(name string) ([]Stored, error)
}

// Here are the items that apply to this system.
func Here(list []profiles.Certificate) []profiles.Certificate {
	var out []profiles.Certificate
	for _, c := range list {
		if c.Store != "" && hasStores || c.File != "" && (hasStores || c.File[0] == '/' || c.File[0] == '$') {
			out = append(out, c)
		}
	}
	return out
}

// Read reads what a profile names. The error joins those of single items.
func Read(ctx context.Context, list []profiles.Certificate, opt Options) (bundles.Certificates, error) {
	if opt.Store == nil {
		opt.Store = stored
	}
	f := bundles.Certificates{Items: []bundles.Certificate{}}
	var errs []error
	for _, c := range list {
		items, err := read(ctx, c, opt)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name, err))
		}
		f.Items = append(f.Items, items[:min(len(items), maxFound)]...)
	}
	f.Taken = time.Now().UTC()
	return f, errors.Join(errs...)
}

func read(ctx context.Context, c profiles.Certificate, opt Options) ([]bundles.Certificate, error) {
	item := bundles.Certificate{Name: c.Name, Place: c.File}
	var items []bundles.Certificate
	var err error
	if c.File == "" {
		item.Place = "store:" + c.Store
		items, err = paths.Bounded(ctx, func() ([]bundles.Certificate, error) { return ofStore(c, item, opt) })
	} else if path, ok := opt.Expand(c.File); ok {
		item.Place = path
		items, err = paths.Bounded(ctx, func() ([]bundles.Certificate, error) { return ofFile(path, item) })
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		item.Error = err.Error()
		if errors.Is(err, fs.ErrPermission) {
			item.Error = bundles.StatusDenied + ": " + item.Error
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		items = append(items, item)
	}
	return items, err
}

// ofFile reads PEM or DER.
func ofFile(path string, item bundles.Certificate) ([]bundles.Certificate, error) {
	raw, err := content(path)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(raw, []byte("-----BEGIN ")) {
		c, err := describe(raw, item)
		if err != nil {
			return nil, err
		}
		return []bundles.Certificate{c}, nil
	}
	var out []bundles.Certificate
	var errs []error
	key := false
	for block, rest := pem.Decode(raw); block != nil && len(out)+len(errs) < maxFound; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			key = key || strings.HasSuffix(block.Type, "PRIVATE KEY")
			continue
		}
		c, err := describe(block.Bytes, item)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, c)
	}
	for i := range out {
		out[i].HasPrivateKey = &key
	}
	if len(out)+len(errs) == 0 {
		errs = append(errs, errors.New("it has no certificate"))
	}
	return out, errors.Join(errs...)
}

func content(path string) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", path)
	}
	f, err := paths.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%q is larger than %d bytes", path, maxFile)
	}
	return raw, err
}

// ofStore finds the certificates of a store that an item asks for.
func ofStore(c profiles.Certificate, item bundles.Certificate, opt Options) ([]bundles.Certificate, error) {
	thumb := c.Thumbprint
	if ref, ok := strings.CutPrefix(thumb, "${"); ok {
		if thumb, ok = opt.Value(strings.TrimSuffix(ref, "}")); !ok {
			return nil, nil // where it would be named there is nothing
		}
	}
	thumb = strings.ToLower(strings.Join(strings.Fields(thumb), ""))
	list, err := opt.Store(c.Store)
	if err != nil {
		return nil, err
	}
	var out []bundles.Certificate
	for _, s := range list {
		d, err := describe(s.DER, item)
		if err != nil {
			continue // whose it is cannot be told
		}
		if thumb != "" && d.Thumbprint == thumb || c.Subject != "" && profiles.Like(c.Subject, d.Subject) {
			key := s.HasKey
			d.HasPrivateKey = &key
			out = append(out, d)
		}
	}
	return out, nil
}

// describe tells the public part of a certificate.
func describe(der []byte, item bundles.Certificate) (bundles.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return item, fmt.Errorf("read certificate: %w", err)
	}
	short, long := sha1.Sum(c.Raw), sha256.Sum256(c.Raw) //nolint:gosec // as above
	from, to := c.NotBefore.UTC(), c.NotAfter.UTC()
	item.Exists = true
	item.Subject, item.Issuer = c.Subject.String(), c.Issuer.String()
	item.Thumbprint, item.SHA256 = hex.EncodeToString(short[:]), hex.EncodeToString(long[:])
	item.NotBefore, item.NotAfter = &from, &to
	return item, nil
}
