package main

import (
	_ "embed"
	"time"

	"github.com/asrdiag/asrdiag/checks-wasm/abi"
	"github.com/asrdiag/asrdiag/checks-wasm/asrlogs"
	"github.com/asrdiag/asrdiag/checks-wasm/check"
)

//go:embed cache-disk-errors.md
var cacheDiskErrorsDoc string

const (
	// uploadRetry is how often a source machine sends again what failed.
	uploadRetry = 15 * time.Minute
	// diskRetry is how long Windows may take between two records of one fault.
	diskRetry = 8 * time.Minute
)

func cacheDiskErrors() *check.Check {
	use := asrlogs.Use(asrlogs.CxpsWriteError, asrlogs.CxpsSpaceUnknown, asrlogs.SystemDisk, asrlogs.XferByHost)
	return &check.Check{
		ID: "cache-disk-errors", Title: "The cache's disk takes what is written", Doc: cacheDiskErrorsDoc, URL: article, Since: firstVersion,
		Article: []string{"beyond the article"}, Roles: roles(), OS: systems(), Severities: allSeverities(),
		Inputs:  append(use.Inputs, check.OptionalFact("probes")),
		Formats: use.Formats, Scans: use.Scans,
		ExplainedBy: []abi.Cause{{Check: "antivirus-exclusions", SameSubject: true}},
		Worked:      workedUploads,
		Run:         runCacheDiskErrors,
	}
}

func runCacheDiskErrors(p *check.Pass) error {
	found := 0
	report := func(f check.Finding, t check.Trail) {
		f.Evidence = nil
		if t.State != "" {
			f.Detail += " Newest line: " + oneLine(messageOf(t.Newest())) + "."
			f.Evidence = newestOf(t, 2)
		}
		if p.ReportTrail(f, t) {
			found++
		}
	}
	report(check.Finding{
		Key: "write", Subject: "cache", Severity: abi.Critical, Title: "Writing to the cache failed",
		Detail: "cxps.exe could not write what source machines sent; they send it again and replication falls behind. Either the disk fails or is full, or another program, mostly an anti-virus product, holds the files.",
		Remedy: diskRemedy(),
	}, p.Trail(asrlogs.CxpsWriteError, uploadRetry, worksSince(p, asrlogs.CxpsWriteError)))
	report(check.Finding{
		Key: "free-space", Subject: "cache", Severity: abi.Warning, Title: "The cache volume's free space could not be read",
		Detail: "Without it the process server cannot throttle in time. The volume is gone, or its file system does not answer.",
		Remedy: diskRemedy(),
	}, p.Trail(asrlogs.CxpsSpaceUnknown, uploadRetry, worksSince(p, asrlogs.CxpsSpaceUnknown)))
	report(check.Finding{
		Key: "disk", Subject: "disk", Severity: abi.Critical, Title: "Windows logs disk or file system errors",
		Detail: "Records of disk and NTFS in the event log tell of requests that failed or had to be repeated. They name the disk by its number; it need not be the one with the cache.",
		Remedy: diskRemedy(),
	}, diskTrail(p))
	if reason, ok := p.Searched(asrlogs.CxpsWriteError, asrlogs.CxpsErrorLog().Owns); !ok {
		p.Insufficient(reason, askElevated("the logs"))
		return nil
	}
	answerLogs(p, found, "no failed write to the cache, and no disk error in the event log", asrlogs.CxpsWriteError, asrlogs.SystemDisk)
	return nil
}

// worksSince is the newest upload, if it proves that writing works again: one that
// succeeds between two that fail does not.
func worksSince(p *check.Pass, id string) time.Time {
	done := lastUpload(p)
	if last := p.Summary(id).Last; last != nil && done.Sub(*last) < check.RecoverySpan {
		return time.Time{}
	}
	return done
}

// diskTrail follows the event log. It has a record only when a request fails: its
// silence does not prove that the disk works again, uploads do.
func diskTrail(p *check.Pass) check.Trail {
	works := worksSince(p, asrlogs.SystemDisk)
	t := p.Trail(asrlogs.SystemDisk, diskRetry, works)
	if t.State == abi.StateRecovered && works.Sub(t.Last) < check.RecoverySpan {
		t.State = abi.StateUnknown
	}
	return t
}

func diskRemedy() []string {
	return []string{
		"Read the disk's records: `Get-WinEvent -FilterHashtable @{LogName='System';ProviderName='disk','Ntfs'} -MaxEvents 20 | Format-List TimeCreated,Id,Message`.",
		"Look at the disk: `Get-PhysicalDisk | Format-Table FriendlyName,HealthStatus,OperationalStatus`; on a virtual machine look at its datastore.",
		"Check the file system without changing it: `chkdsk E:` (the cache's drive). A repair (`chkdsk E: /f`) takes the volume offline and interrupts replication.",
		"Exclude C:\\ProgramData\\ASR and the installation folder from anti-virus scanning.",
	}
}
